#include "support/proxy_peer.hpp"

#include <poll.h>

namespace headway::test {
namespace {

std::uint16_t port_in(const std::string& target) {
  const auto colon = target.rfind(':');
  return colon == std::string::npos ? std::uint16_t{0}
                                    : static_cast<std::uint16_t>(std::stoul(target.substr(colon + 1)));
}

// False once that side has closed.
bool pass_on(Stream& from, Stream& to) {
  char bytes[16 * 1024];
  const auto got = from.read_some(bytes, sizeof bytes, std::chrono::milliseconds(0));
  return got > 0 && to.write(std::string_view(bytes, static_cast<std::size_t>(got)));
}

void tunnel(Stream& client, Stream& upstream) {
  for (;;) {
    pollfd fds[3] = {
        {client.socket().fd(), POLLIN, 0}, {upstream.socket().fd(), POLLIN, 0}, {client.stop().fd(), POLLIN, 0}};
    if (::poll(fds, 3, static_cast<int>(patience.count())) <= 0 || fds[2].revents != 0) return;
    if (fds[0].revents != 0 && !pass_on(client, upstream)) return;
    if (fds[1].revents != 0 && !pass_on(upstream, client)) return;
  }
}

}  // namespace

ProxyPeer::ProxyPeer(ProxyPeerOptions options)
    : options_(std::move(options)), peer_([this](Conversation& client) { serve(client); }) {}

std::vector<std::string> ProxyPeer::targets() const {
  std::vector<std::string> list;
  for (const Request& request : peer_.requests()) {
    if (request.method == "CONNECT") list.push_back(request.target);
  }
  return list;
}

// Empty if the tunnel may be made.
std::string ProxyPeer::refusal(const Request& request) const {
  if (options_.refuse_with != 0) return reply(options_.refuse_with, "refused by the proxy");
  if (!options_.authorization.empty() && request.header("proxy-authorization") != options_.authorization) {
    return reply(407, "", {{"Proxy-Authenticate", "Basic realm=\"tests\""}});
  }
  return request.method == "CONNECT" ? std::string() : reply(405, "only CONNECT");
}

Socket ProxyPeer::connect_upstream(const Request& request) const {
  Socket socket = connect_to_loopback(options_.upstream_port != 0 ? options_.upstream_port : port_in(request.target));
  if (socket) set_non_blocking(socket);
  return socket;
}

void ProxyPeer::serve(Conversation& client) const {
  while (const auto request = client.read_request()) {
    const std::string refused = refusal(*request);
    Socket socket = refused.empty() ? connect_upstream(*request) : Socket();
    if (!socket) {
      client.send(refused.empty() ? reply(502, "no upstream") : refused);
      continue;
    }
    Stream upstream(std::move(socket), client.stream().stop());
    client.send("HTTP/1.1 200 Connection established\r\n\r\n");
    upstream.write(client.take_rest());
    return tunnel(client.stream(), upstream);
  }
}

}  // namespace headway::test
