#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/url.hpp"

namespace headway::net {

/// A proxy as the user named it.
struct Proxy {
  Url url;
  std::string refusal;  ///< why no call can go through it; empty: it can
};

/// Which proxy an origin is reached by: one proxy for https origins, and hosts that are reached without it.
class ProxyRules {
 public:
  ProxyRules() = default;

  /// `proxy`: "[http://][user:password@]host:port", or "" for none; `setting`: where that stands, for errors. `no_proxy`:
  /// host names or addresses apart by commas, each with all below it, or "*". A proxy that cannot be spoken is one all the
  /// same: it stops only calls that need it.
  ProxyRules(std::string_view proxy, std::string_view no_proxy, std::string_view setting);

  /// Null: go there directly. Loopback hosts and plain http never take the proxy.
  const Proxy* proxy_for(const Origin& origin) const;
  /// Why no call can go through the proxy; empty where one can, or there is none.
  std::string refusal() const { return proxy_ ? proxy_->refusal : std::string(); }

 private:
  std::optional<Proxy> proxy_;
  std::string no_proxy_;
};

/// The request that opens a tunnel through `proxy` to `origin`.
std::string connect_request(const Url& proxy, const Origin& origin);

}  // namespace headway::net
