#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <openssl/ssl.h>

namespace headway::net {

/// What servers have given to spare the next connection a full handshake: TLS 1.2 sessions and TLS 1.3 tickets, those of
/// one origin never offered to another, since a resumed handshake looks at no certificate.
///
/// Thread safety: none. It may go before the connections that it watches.
class TlsSessions {
 public:
  /// Has the connections of `context` report their sessions. Only watched connections keep them.
  static void enable(SSL_CTX* context);

  /// Before the handshake: offers the newest session of `origin`, "host:port", if there is one, and keeps those that the
  /// connection will be given, whenever they come. A server that does not want the one offered shakes hands in full.
  void watch(SSL* connection, const std::string& origin);
  /// After a handshake that failed: none of its origin's sessions is offered again.
  static void forget(SSL* connection);

 private:
  struct Free {
    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
  };
  using Session = std::unique_ptr<SSL_SESSION, Free>;
  using Kept = std::vector<Session>;  // the newest last

  static int connection_slot();
  static Kept* kept_by(const SSL* connection);
  static int keep(SSL* connection, SSL_SESSION* session);
  static void offer(SSL* connection, Kept& kept);

  std::map<std::string, std::shared_ptr<Kept>> origins_;
};

}  // namespace headway::net
