#include "support/stream.hpp"

#include <cerrno>

#include <poll.h>
#include <sys/socket.h>

namespace headway::test {

std::ptrdiff_t Stream::read_some(char* to, std::size_t size, std::chrono::milliseconds limit) {
  for (;;) {
    const ssize_t got = ::recv(socket_.fd(), to, size, 0);
    if (got >= 0) return got;
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return 0;
    if (!wait_ready(socket_.fd(), POLLIN, stop_, limit)) return -1;
  }
}

bool Stream::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (!wait_ready(socket_.fd(), POLLOUT, stop_)) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace headway::test
