#include "support/socket.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace headway::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

Socket bound_to_loopback(std::uint16_t port) {
  Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) fail("socket");
  const int on = 1;
  ::setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in address = loopback(port);
  if (::bind(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("bind");
  return socket;
}

// A slice that a peer sends is to leave at once, not to be gathered with the next.
void send_at_once(const Socket& socket) {
  const int on = 1;
  ::setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

// Polls again after a signal, with what is left of the time.
int poll_all(pollfd* fds, nfds_t count, milliseconds limit) {
  const auto end = steady_clock::now() + limit;
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(end - steady_clock::now());
    const int ready = ::poll(fds, count, static_cast<int>(std::max(left, milliseconds(0)).count()));
    if (ready >= 0 || errno != EINTR) return ready;
  }
}

}  // namespace

void Socket::close() noexcept {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void Socket::reset() noexcept {
  const linger at_once{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void Socket::finish_writing() noexcept {
  ::shutdown(fd_, SHUT_WR);
}

StopSignal::StopSignal() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!event_) fail("eventfd");
}

void StopSignal::stop() noexcept {
  ::eventfd_write(event_.fd(), 1);
}

bool StopSignal::wait(milliseconds limit) const noexcept {
  pollfd fd{event_.fd(), POLLIN, 0};
  return poll_all(&fd, 1, limit) > 0;
}

bool wait_ready(int fd, short events, const StopSignal& stop, milliseconds limit) {
  pollfd fds[2] = {{fd, events, 0}, {stop.fd(), POLLIN, 0}};
  return poll_all(fds, 2, limit) > 0 && fds[1].revents == 0;
}

Socket listen_on_loopback(std::uint16_t port) {
  Socket socket = bound_to_loopback(port);
  set_non_blocking(socket);
  if (::listen(socket.fd(), 1024) != 0) fail("listen");
  return socket;
}

Socket accept_connection(const Socket& listener, const StopSignal& stop) {
  while (!stop.stopped()) {
    if (!wait_ready(listener.fd(), POLLIN, stop)) continue;
    Socket socket(::accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket) continue;  // gone before it was taken
    send_at_once(socket);
    return socket;
  }
  return Socket();
}

Socket connect_to_loopback(std::uint16_t port) {
  Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) fail("socket");
  const sockaddr_in address = loopback(port);
  if (::connect(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return Socket();
  send_at_once(socket);
  return socket;
}

void set_non_blocking(const Socket& socket) {
  if (::fcntl(socket.fd(), F_SETFL, ::fcntl(socket.fd(), F_GETFL) | O_NONBLOCK) != 0) fail("fcntl");
}

std::uint16_t port_of(const Socket& socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (::getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&address), &size) != 0) fail("getsockname");
  return ntohs(address.sin_port);
}

RefusedPort::RefusedPort() : socket_(bound_to_loopback(0)) {}

}  // namespace headway::test
