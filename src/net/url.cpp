#include "net/url.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/http.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/ip/address.hpp>

#include "base/ascii.hpp"

namespace headway::net {
namespace {

/// A text that OpenSSL allocates.
class Part {
 public:
  Part() = default;
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;
  ~Part() { OPENSSL_free(text_); }

  char** out() { return &text_; }
  std::string_view text() const { return text_ ? text_ : ""; }

 private:
  char* text_ = nullptr;
};

std::string percent_decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned char byte = 0;
    const bool escape = text[i] == '%' && i + 2 < text.size() &&
                        std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16).ptr == text.data() + i + 3;
    result += escape ? static_cast<char>(byte) : text[i];
    if (escape) i += 2;
  }
  return result;
}

bool is_not_in_urls(char c) {
  return static_cast<unsigned char>(c) <= ' ' || c == 0x7f;
}

std::string bracketed(const std::string& host) {
  return host.find(':') != std::string::npos ? "[" + host + "]" : host;
}

std::string_view without_brackets(std::string_view host) {
  return host.starts_with('[') && host.ends_with(']') ? host.substr(1, host.size() - 2) : host;
}

bool is_host(std::string_view host) {
  const auto belongs = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_';
  };
  const auto name = without_brackets(host);
  if (name.empty() || name.size() != host.size()) return name.find(':') != std::string_view::npos;
  return std::ranges::all_of(name, belongs);
}

bool port_is_given(std::string_view url, std::string_view host) {
  return url.find(std::string(host) + ":") != std::string_view::npos;
}

Error bad(std::string what) {
  return Error(ErrorKind::configuration, std::move(what));
}

}  // namespace

std::string Origin::authority() const {
  const bool usual = port == (tls ? 443 : 80);
  return usual ? bracketed(host) : host_and_port();
}

std::string Origin::host_and_port() const {
  return fmt::format("{}:{}", bracketed(host), port);
}

bool Origin::is_loopback() const {
  if (host == "localhost" || host.ends_with(".localhost")) return true;
  boost::system::error_code not_an_address;
  const auto address = boost::asio::ip::make_address(host, not_an_address);
  return !not_an_address && address.is_loopback();
}

// OpenSSL's parser rather than Boost.URL's, which in 1.81 takes "127.0.0.1.nip.io" for 127.0.0.1 and a path. It sees no more
// than the host, since that of 3.0 takes "https://host/a@b" for b's, and the colon of "https://host/a:b" for a port's.
Outcome<Url> parse_url(std::string_view text) {
  if (std::ranges::any_of(text, is_not_in_urls)) return bad("not a URL: it holds a space or a control character");
  const auto scheme = lowered(text.substr(0, text.find("://")));
  if (scheme != "http" && scheme != "https")
    return bad("not an http:// or https:// URL; it should be like https://host/v1");

  const auto end_of_host = std::min(text.find_first_of("/?#", scheme.size() + 3), text.size());
  const std::string place(text.substr(0, end_of_host));
  auto rest = text.substr(end_of_host);
  Part user, host, port, path, query, fragment;
  int number = 0;
  const auto parsed = OSSL_parse_url(place.c_str(), nullptr, user.out(), host.out(), port.out(), &number, path.out(),
                                     query.out(), fragment.out());
  ERR_clear_error();
  if (!parsed || !is_host(host.text())) return bad("not a URL with a host and, if at all, a port from 1 to 65535");
  if (number == 0 && port_is_given(place, host.text())) return bad("a URL with port 0");
  const auto hash = rest.find('#');
  if (hash != rest.npos && hash + 1 < rest.size()) return bad("a URL with a fragment (#...)");
  rest = rest.substr(0, hash);
  if (rest.ends_with('?')) rest.remove_suffix(1);

  Url url;
  url.origin.tls = scheme == "https";
  url.origin.host = lowered(without_brackets(host.text()));
  url.origin.port = number != 0 ? static_cast<std::uint16_t>(number) : (url.origin.tls ? 443 : 80);
  url.path = std::string(rest.starts_with('?') ? "/" : "").append(rest);
  while (url.path.ends_with('/')) url.path.pop_back();
  url.user_info = percent_decoded(user.text());
  return url;
}

}  // namespace headway::net
