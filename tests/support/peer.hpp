#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/conversation.hpp"
#include "support/peer_log.hpp"
#include "support/replies.hpp"
#include "support/socket.hpp"

namespace headway::test {

struct PeerOptions {
  std::uint16_t port = 0;             ///< 0: a free one
  std::size_t max_connections = 600;  ///< a thread each; more than these wait to be accepted
};

/// A scripted HTTP/1.1 server on 127.0.0.1. It shares no code with the library under test.
/// A connection's script runs on a thread of its own; when it returns, the connection is closed politely.
class Peer {
 public:
  using Script = std::function<void(Conversation&)>;
  /// Makes an accepted socket's stream, or throws HandshakeFailed.
  using OpenStream = std::function<std::unique_ptr<Stream>(Socket, const StopSignal&)>;

  explicit Peer(Script script, PeerOptions options = PeerOptions());
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  /// Ends every script's wait, closes every connection, joins every thread.
  ~Peer();

  std::uint16_t port() const { return port_; }
  /// "http://127.0.0.1:port" + `path`; https for a TLS peer.
  std::string url(const std::string& path = "") const;

  /// Those read whole, in the order in which they were read.
  std::vector<Request> requests() const { return log_.requests(); }
  std::size_t request_count() const { return log_.request_count(); }
  /// Connections that were opened, from the beginning (over TLS: whose handshake was completed).
  std::size_t connections() const { return log_.connections(); }
  /// Those whose script has not ended.
  std::size_t open_connections() const { return log_.open_connections(); }
  /// The most requests at once that had been read and whose answer had not begun.
  std::size_t peak_in_progress() const { return log_.peak_in_progress(); }
  /// What clients sent that is not HTTP/1.1, and TLS handshakes that failed.
  std::vector<std::string> faults() const { return log_.faults(); }
  /// Whether `holds` came true in time; e.g. `[&] { return peer.open_connections() == 0; }`.
  bool wait_until(const std::function<bool()>& holds, std::chrono::milliseconds limit = patience) const {
    return log_.wait_until(holds, limit);
  }

 protected:
  Peer(Script script, PeerOptions options, std::string scheme, OpenStream open);

 private:
  struct Worker {
    std::thread thread;
    std::atomic<bool> ended = false;
  };

  void accept_all();
  void converse(Socket socket);
  void join_ended();
  void wait_for_room();

  const Script script_;
  const PeerOptions options_;
  const std::string scheme_;
  const OpenStream open_;
  Socket listener_;
  std::uint16_t port_;
  StopSignal stop_;
  PeerLog log_;
  std::list<Worker> workers_;  // the accepting thread's alone
  std::thread accepting_;
};

}  // namespace headway::test
