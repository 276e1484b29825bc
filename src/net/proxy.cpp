#include "net/proxy.hpp"

#include <openssl/evp.h>

#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace headway::net {
namespace {

std::string_view without_spaces(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '.')) text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

bool covers(std::string_view rule, std::string_view host) {
  if (rule.empty()) return false;
  if (rule == "*" || rule == host) return true;
  return host.size() > rule.size() && host.ends_with(rule) && host[host.size() - rule.size() - 1] == '.';
}

std::string base64(std::string_view text) {
  std::string encoded(4 * ((text.size() + 2) / 3) + 1, '\0');
  const auto size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                    reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  encoded.resize(static_cast<std::size_t>(size));
  return encoded;
}

// Its password is kept out of what is said.
std::string not_spoken(std::string_view scheme, std::string_view setting) {
  return fmt::format(
      "{} names a {}:// proxy; headway speaks to http:// ones. Set HTTPS_PROXY=http://HOST:PORT, or name the hosts "
      "that go without it in NO_PROXY",
      setting, scheme);
}

Proxy parse_proxy(std::string_view text, std::string_view setting) {
  constexpr std::string_view mark = "://";
  const auto scheme = lowered(text.substr(0, text.find(mark)));
  const bool is_bare = text.find(mark) == std::string_view::npos;  // as curl takes it
  Proxy proxy;
  if (!is_bare && scheme != "http") {
    proxy.refusal = not_spoken(scheme, setting);
    return proxy;
  }
  auto url = parse_url(is_bare ? fmt::format("http://{}", text) : std::string(text));
  if (url) {
    proxy.url = *std::move(url);
  } else {
    proxy.refusal = fmt::format("the proxy of {} is {}", setting, url.error().info().message);
  }
  return proxy;
}

}  // namespace

ProxyRules::ProxyRules(std::string_view proxy, std::string_view no_proxy, std::string_view setting)
    : no_proxy_(no_proxy) {
  if (!proxy.empty()) proxy_ = parse_proxy(proxy, setting);
}

const Proxy* ProxyRules::proxy_for(const Origin& origin) const {
  if (!proxy_ || !origin.tls || origin.is_loopback()) return nullptr;
  for (std::string_view rest = no_proxy_; !rest.empty();) {
    const auto comma = rest.find(',');
    if (covers(without_spaces(rest.substr(0, comma)), origin.host)) return nullptr;
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
  return &*proxy_;
}

std::string connect_request(const Url& proxy, const Origin& origin) {
  const auto target = origin.host_and_port();
  auto request = fmt::format("CONNECT {} HTTP/1.1\r\nHost: {}\r\n", target, target);
  if (!proxy.user_info.empty()) request += "Proxy-Authorization: Basic " + base64(proxy.user_info) + "\r\n";
  return request + "\r\n";
}

}  // namespace headway::net
