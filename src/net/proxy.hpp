#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <headway/outcome.hpp>

#include "net/url.hpp"

namespace headway::net {

/// Which proxy an origin is reached by: one proxy for https origins, and hosts that are reached without it.
class ProxyRules {
 public:
  ProxyRules() = default;

  /// `proxy`: "http://[user:password@]host:port", or "" for none. `no_proxy`: host names or addresses apart by commas,
  /// each with all below it, or "*". An Error (`configuration`) if the proxy is no http URL.
  static Outcome<ProxyRules> parse(std::string_view proxy, std::string_view no_proxy);

  /// Null: go there directly. Loopback hosts and plain http never take the proxy.
  const Url* proxy_for(const Origin& origin) const;

 private:
  std::optional<Url> proxy_;
  std::string no_proxy_;
};

/// The request that opens a tunnel through `proxy` to `origin`.
std::string connect_request(const Url& proxy, const Origin& origin);

}  // namespace headway::net
