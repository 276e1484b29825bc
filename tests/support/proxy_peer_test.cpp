#include "support/proxy_peer.hpp"

#include <gtest/gtest.h>

#include "support/plain_client.hpp"

namespace headway::test {
namespace {

std::string connect_to(const std::string& target, const std::string& fields = "") {
  return "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n" + fields + "\r\n";
}

TEST(ProxyPeer, TunnelsToAnUpstream) {
  Peer upstream(echo());
  ProxyPeerOptions options;
  options.upstream_port = upstream.port();
  ProxyPeer proxy(options);
  PlainClient client(proxy.port());
  client.send(connect_to("api.example.com:443"));
  EXPECT_EQ(client.read_to("\r\n\r\n").substr(0, 12), "HTTP/1.1 200");
  client.send(post("/v1/completions", R"({"prompt":"one"})"));
  EXPECT_NE(client.read_to("}}").find("echo: one"), std::string::npos);
  EXPECT_EQ(proxy.targets(), std::vector<std::string>{"api.example.com:443"});
  client.close();
  EXPECT_TRUE(upstream.wait_until([&] { return upstream.open_connections() == 0; }));
}

TEST(ProxyPeer, DemandsAuthorization) {
  Peer upstream(echo());
  ProxyPeerOptions options;
  options.authorization = "Basic dXNlcjpwYXNz";
  ProxyPeer proxy(options);
  PlainClient client(proxy.port());
  const std::string target = "localhost:" + std::to_string(upstream.port());
  client.send(connect_to(target));
  EXPECT_EQ(client.read_to("\r\n\r\n").substr(0, 12), "HTTP/1.1 407");
  client.send(connect_to(target, "Proxy-Authorization: Basic dXNlcjpwYXNz\r\n"));
  EXPECT_EQ(client.read_to("\r\n\r\n").substr(0, 12), "HTTP/1.1 200");
  EXPECT_EQ(proxy.targets().size(), 2u);
}

TEST(ProxyPeer, Refuses) {
  ProxyPeerOptions options;
  options.refuse_with = 403;
  ProxyPeer proxy(options);
  PlainClient client(proxy.port());
  client.send(connect_to("localhost:1"));
  EXPECT_EQ(client.read_to("proxy").substr(0, 12), "HTTP/1.1 403");
}

TEST(ProxyPeer, SaysThatTheUpstreamIsNotThere) {
  const RefusedPort nobody;
  ProxyPeer proxy;
  PlainClient client(proxy.port());
  client.send(connect_to("localhost:" + std::to_string(nobody.port())));
  EXPECT_EQ(client.read_to("upstream").substr(0, 12), "HTTP/1.1 502");
}

}  // namespace
}  // namespace headway::test
