#pragma once

#include <chrono>
#include <cstdint>
#include <utility>

namespace headway::test {

/// The longest that any one wait of a peer lasts, so that a broken test ends.
inline constexpr std::chrono::milliseconds patience = std::chrono::seconds(60);

/// Owns a descriptor.
class Socket {
 public:
  explicit Socket(int fd = -1) noexcept : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Socket() { close(); }

  int fd() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  void close() noexcept;
  /// Closes with a TCP reset.
  void reset() noexcept;
  /// Sends FIN; reading goes on.
  void finish_writing() noexcept;

 private:
  int fd_;
};

/// Tells all threads of a peer to end: every wait of theirs watches it.
class StopSignal {
 public:
  StopSignal();
  void stop() noexcept;
  bool stopped() const noexcept { return wait(std::chrono::milliseconds(0)); }
  /// Waits for the signal; false if `limit` passed without it.
  bool wait(std::chrono::milliseconds limit) const noexcept;
  int fd() const noexcept { return event_.fd(); }

 private:
  Socket event_;
};

/// Whether `fd` got ready for `events` (poll's) before the stop and within `limit`.
bool wait_ready(int fd, short events, const StopSignal& stop, std::chrono::milliseconds limit = patience);

/// A non-blocking listener on 127.0.0.1; port 0 takes a free one. Throws std::system_error.
Socket listen_on_loopback(std::uint16_t port = 0);
/// The next connection of `listener`, non-blocking; an empty Socket at the stop.
Socket accept_connection(const Socket& listener, const StopSignal& stop);
/// A blocking connection to 127.0.0.1. Empty if refused.
Socket connect_to_loopback(std::uint16_t port);
void set_non_blocking(const Socket& socket);
/// The port that a socket is bound to.
std::uint16_t port_of(const Socket& socket);

/// A port of 127.0.0.1 on which every connection is refused for as long as this lives.
class RefusedPort {
 public:
  RefusedPort();
  std::uint16_t port() const { return port_of(socket_); }

 private:
  Socket socket_;
};

}  // namespace headway::test
