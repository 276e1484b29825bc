#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <list>

#include "support/http2_server.hpp"
#include "support/peer.hpp"

namespace headway::test {

/// What all connections of an HTTP/2 peer have seen.
struct Http2Log {
  std::atomic<int> requests = 0;
  std::atomic<int> connections = 0;
  std::atomic<int> resets = 0;
  std::atomic<int> pings = 0;
};

/// One connection as a test's handler sees it.
class Http2Connection {
 public:
  Http2Connection(Conversation& conversation, Http2ServerOptions options, int number)
      : server(options), number_(number), conversation_(conversation) {}

  Http2Server server;

  /// Which of its peer's, from 1.
  int number() const { return number_; }
  /// Called once after that time, if the connection is still there.
  void after(std::chrono::milliseconds time, std::function<void()> then);
  /// Sends what there is, and closes.
  void close() { closing_ = true; }
  /// Resets the connection at once.
  void reset() { conversation_.reset(); }

 private:
  friend Peer::Script http2(std::function<void(Http2Connection&, const Http2Server::Incoming&)>, Http2ServerOptions,
                            Http2Log*);
  struct Timer {
    std::chrono::steady_clock::time_point due;
    std::function<void()> then;
  };

  bool carry(const std::function<void(Http2Connection&, const Http2Server::Incoming&)>& answer, Http2Log& log);
  void run_due();

  int number_;
  Conversation& conversation_;
  std::list<Timer> timers_;
  std::size_t resets_told_ = 0;
  std::size_t pings_told_ = 0;
  bool closing_ = false;
};

using Http2Handler = std::function<void(Http2Connection&, const Http2Server::Incoming&)>;

/// A script that speaks HTTP/2 by prior knowledge (or by ALPN, over TLS), and hands each request that has come whole to
/// `answer`. `log`, if there is one, must outlive the peer.
Peer::Script http2(Http2Handler answer, Http2ServerOptions options = Http2ServerOptions(), Http2Log* log = nullptr);

/// Answers with the echo of the prompt.
void echo_on(Http2Connection& connection, const Http2Server::Incoming& incoming);

}  // namespace headway::test
