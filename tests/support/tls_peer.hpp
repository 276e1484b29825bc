#pragma once

#include "support/certificates.hpp"
#include "support/peer.hpp"

namespace headway::test {

enum class TlsVersion { tls1_1, tls1_2, tls1_3 };

struct TlsPeerOptions : PeerOptions {
  TlsVersion oldest = TlsVersion::tls1_2;
  TlsVersion newest = TlsVersion::tls1_3;
  /// False: connections end with FIN alone, as a truncation attack does.
  bool close_notify = true;
  /// True: it picks "h2" instead, if it is offered.
  bool http2 = false;
  /// True: connections may resume the sessions of earlier ones.
  bool tickets = false;
};

/// A Peer over TLS. The certificate's files are read by the constructor. It picks "http/1.1" of the protocols
/// that a client offers by ALPN, if it is there. Handshakes that fail are in faults().
class TlsPeer : public Peer {
 public:
  TlsPeer(const ServerCertificate& certificate, Script script, TlsPeerOptions options = TlsPeerOptions());
};

}  // namespace headway::test
