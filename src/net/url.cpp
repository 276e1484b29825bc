#include "net/url.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>

#include <boost/asio/ip/address.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <fmt/format.h>

namespace headway::net {
namespace {

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  });
  return text;
}

bool is_ipv6(const std::string& host) { return host.find(':') != std::string::npos; }

std::string bracketed(const std::string& host) { return is_ipv6(host) ? "[" + host + "]" : host; }

std::string path_of(const boost::urls::url_view& url) {
  std::string path(url.encoded_target());
  while (path.ends_with('/')) path.pop_back();
  return path;
}

// Boost 1.81 wraps a number that is too large.
std::optional<std::uint16_t> port_of(const boost::urls::url_view& url, std::uint16_t usual) {
  const std::string_view digits = url.port();
  if (digits.empty()) return usual;
  std::uint16_t port = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (read.ec != std::errc() || port == 0) return std::nullopt;
  return port;
}

Error bad(std::string what) { return Error(ErrorKind::configuration, std::move(what)); }

}  // namespace

std::string Origin::authority() const {
  const bool usual = port == (tls ? 443 : 80);
  return usual ? bracketed(host) : host_and_port();
}

std::string Origin::host_and_port() const { return fmt::format("{}:{}", bracketed(host), port); }

bool Origin::is_loopback() const {
  if (host == "localhost" || host.ends_with(".localhost")) return true;
  boost::system::error_code not_an_address;
  const auto address = boost::asio::ip::make_address(host, not_an_address);
  return !not_an_address && address.is_loopback();
}

Outcome<Url> parse_url(std::string_view text) {
  const auto parsed = boost::urls::parse_uri(text);
  if (!parsed) return bad("not a URL; it should be like https://host/v1");
  const auto scheme = lower(parsed->scheme());
  if (scheme != "http" && scheme != "https") return bad("not an http:// or https:// URL");
  if (parsed->encoded_host().empty()) return bad("a URL without a host");
  if (parsed->has_fragment()) return bad("a URL with a fragment (#...)");
  const auto port = port_of(*parsed, scheme == "https" ? 443 : 80);
  if (!port) return bad("a URL whose port is not from 1 to 65535");

  Url url;
  url.origin.tls = scheme == "https";
  url.origin.host = lower(parsed->host_address());
  url.origin.port = *port;
  url.path = path_of(*parsed);
  url.user_info = parsed->userinfo();
  return url;
}

}  // namespace headway::net
