#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

#include "support/peer_log.hpp"
#include "support/request.hpp"
#include "support/stream.hpp"

namespace headway::test {

/// One connection as a script sees it. Every wait ends at the peer's end: reads then give nothing, sends give
/// false. Used by the script's thread alone.
class Conversation {
 public:
  Conversation(Stream& stream, PeerLog& log);
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;
  /// Says goodbye, and waits some seconds for the client to close, so that no reset overtakes what was sent.
  ~Conversation();

  /// The next request, body and all; nullopt if the client closed, or sent what is not HTTP (see
  /// Peer::faults).
  std::optional<Request> read_request();
  /// False if the client is gone.
  bool send(std::string_view bytes);
  /// `slice` bytes at a time with `pause` between.
  bool send_slowly(std::string_view bytes, std::size_t slice, std::chrono::milliseconds pause);
  /// Closes at once, with close_notify and FIN. Bytes that come later are answered by a reset.
  void close();
  /// Closes with a TCP reset. Bytes not yet read by the client may be lost to it.
  void reset();
  /// Waits until the client has closed or reset; what it sends is thrown away. False if it has not in time.
  bool wait_closed(std::chrono::milliseconds limit = patience);
  /// Waits until the whole peer has read `count` requests: so a script shows that calls overlap. False if not
  /// in time.
  bool wait_for_requests(std::size_t count, std::chrono::milliseconds limit = patience);
  /// False if the peer was ended.
  bool sleep(std::chrono::milliseconds time);

  /// Which connection of the peer this is, from 1.
  std::size_t connection_number() const { return connection_; }
  /// Which request of the whole peer the last one read was, from 1; 0 before the first.
  std::size_t request_number() const { return request_; }

  /// For scripts that leave HTTP, as CONNECT does.
  Stream& stream() { return stream_; }
  /// What the client sent after the last request and was read with it.
  std::string take_rest() { return reader_.take_rest(); }

 private:
  void answer_begins();

  Stream& stream_;
  PeerLog& log_;
  RequestReader reader_;
  std::size_t connection_;
  std::size_t request_ = 0;
  bool unanswered_ = false;
};

}  // namespace headway::test
