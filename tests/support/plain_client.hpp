#pragma once

#include <cerrno>
#include <string>
#include <string_view>

#include <sys/socket.h>
#include <sys/time.h>

#include "support/socket.hpp"

namespace headway::test {

/// A blocking client for the tests of the peers themselves. No read waits longer than a minute.
class PlainClient {
 public:
  explicit PlainClient(std::uint16_t port) : socket_(connect_to_loopback(port)) {
    const timeval limit{60, 0};
    ::setsockopt(socket_.fd(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }

  bool connected() const { return static_cast<bool>(socket_); }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  /// One read; empty at FIN and at an error, which is then in `error`.
  std::string read_some() {
    char bytes[4096];
    const auto got = ::recv(socket_.fd(), bytes, sizeof bytes, 0);
    error = got < 0 ? errno : 0;
    return got > 0 ? std::string(bytes, static_cast<std::size_t>(got)) : std::string();
  }

  /// Reads until `end` was seen; less if the connection ended first.
  std::string read_to(std::string_view end) {
    std::string all;
    while (all.find(end) == std::string::npos) {
      const std::string more = read_some();
      if (more.empty()) break;
      all += more;
    }
    return all;
  }

  std::string read_all() {
    std::string all;
    for (std::string more = read_some(); !more.empty(); more = read_some()) all += more;
    return all;
  }

  void close() { socket_.close(); }

  int error = 0;

 private:
  Socket socket_;
};

/// A whole POST request.
inline std::string post(std::string_view target, std::string_view body) {
  return "POST " + std::string(target) +
         " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

}  // namespace headway::test
