#pragma once

#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

#include "support/socket.hpp"

namespace headway::test {

/// A connection that never became a stream.
class HandshakeFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The bytes of one accepted connection. Every wait ends at the peer's stop. Used by one thread.
class Stream {
 public:
  /// `stop` must outlive the stream.
  Stream(Socket socket, const StopSignal& stop) : socket_(std::move(socket)), stop_(stop) {}
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;

  /// How many bytes came: 0 if the other side has closed or reset, -1 at the stop or after `limit`.
  virtual std::ptrdiff_t read_some(char* to, std::size_t size, std::chrono::milliseconds limit = patience);
  /// False if the other side is gone, or at the stop.
  virtual bool write(std::string_view bytes);
  /// TLS: sends close_notify. Plain TCP has no such thing.
  virtual void say_goodbye() {}
  /// TLS: the host name that the client asked for (SNI); empty if none.
  virtual std::string server_name() const { return std::string(); }
  /// TLS: the handshake resumed the session of an earlier connection.
  virtual bool is_resumed() const { return false; }

  Socket& socket() { return socket_; }
  const StopSignal& stop() const { return stop_; }

 private:
  Socket socket_;
  const StopSignal& stop_;
};

}  // namespace headway::test
