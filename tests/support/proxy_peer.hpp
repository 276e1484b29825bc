#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support/peer.hpp"

namespace headway::test {

struct ProxyPeerOptions {
  std::string authorization;        ///< the Proxy-Authorization to demand (else 407); empty: none
  int refuse_with = 0;              ///< a status that every CONNECT gets; 0: none
  std::uint16_t upstream_port = 0;  ///< where every tunnel ends on 127.0.0.1; 0: at the port asked for
};

/// An HTTP proxy on 127.0.0.1 that knows CONNECT alone. A tunnel whose upstream is not there is answered with
/// 502.
class ProxyPeer {
 public:
  explicit ProxyPeer(ProxyPeerOptions options = ProxyPeerOptions());

  std::uint16_t port() const { return peer_.port(); }
  std::string url() const { return peer_.url(); }
  /// "host:port" of every CONNECT, refused ones too, in order.
  std::vector<std::string> targets() const;
  /// The proxy's own side: its requests(), connections() and wait_until().
  const Peer& peer() const { return peer_; }

 private:
  std::string refusal(const Request& request) const;
  Socket connect_upstream(const Request& request) const;
  void serve(Conversation& client) const;

  const ProxyPeerOptions options_;
  Peer peer_;
};

}  // namespace headway::test
