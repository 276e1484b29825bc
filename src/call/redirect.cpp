#include "call/redirect.hpp"

#include <fmt/format.h>

namespace headway::call {
namespace {

bool keeps_method(const net::RequestHead& request, int status) {
  if (status == 307 || status == 308) return true;
  return request.method == "GET" && (status == 301 || status == 302 || status == 303);
}

}  // namespace

std::optional<std::string> redirect_target(const net::RequestHead& request, const net::Reply& reply) {
  if (!keeps_method(request, reply.status)) return std::nullopt;
  const auto location = reply.headers.value("location");
  if (location.starts_with('/') && !location.starts_with("//")) return std::string(location);
  const auto url = net::parse_url(location);
  if (!url || url->origin != request.origin) return std::nullopt;
  return url->path.empty() ? "/" : url->path;
}

std::string refused_redirect(const net::Reply& reply) {
  const auto url = net::parse_url(reply.headers.value("location"));
  if (!url) return fmt::format("the server answered with a redirect ({}) that cannot be followed", reply.status);
  return fmt::format(
      "the server redirects ({}) to {}{}; key and prompt are not sent there. If that is the right place, set base_url "
      "to it",
      reply.status, url->origin.tls ? "https://" : "http://", url->origin.authority());
}

}  // namespace headway::call
