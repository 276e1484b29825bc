// https through a proxy, which sees neither key nor prompt.

#include "support/proxy_peer.hpp"

#include <gtest/gtest.h>

#include "model_at.hpp"
#include "support/environment.hpp"
#include "support/tls_peer.hpp"

namespace headway::test {
namespace {

CertificateOptions certificate_for_all() {
  CertificateOptions options;
  options.names = "DNS:api.example.test,IP:127.0.0.1,IP:0.0.0.0";
  return options;
}

class Proxy : public testing::Test {
 protected:
  ProxyPeerOptions to_server() const {
    ProxyPeerOptions options;
    options.upstream_port = server.port();
    return options;
  }

  ClientOptions client_with(const std::optional<std::string>& proxy) const {
    auto client = without_retries();
    client.ca_file = authority.root_file();
    client.proxy = proxy;
    return client;
  }

  /// At a host that only the proxy knows.
  OpenAI model_by(const std::optional<std::string>& proxy) const {
    return model_at("https://api.example.test/v1", client_with(proxy));
  }

  /// Linux takes 0.0.0.0 for this machine, though it is no loopback address.
  OpenAI direct_model(const std::optional<std::string>& proxy) const {
    return model_at("https://0.0.0.0:" + std::to_string(server.port()) + "/v1", client_with(proxy));
  }

  const EnvironmentVariable no_https_proxy{"HTTPS_PROXY", std::nullopt};
  const EnvironmentVariable no_lower_https_proxy{"https_proxy", std::nullopt};
  const EnvironmentVariable no_all_proxy{"ALL_PROXY", std::nullopt};
  const EnvironmentVariable no_lower_all_proxy{"all_proxy", std::nullopt};
  const EnvironmentVariable no_exceptions{"NO_PROXY", std::nullopt};
  const EnvironmentVariable no_lower_exceptions{"no_proxy", std::nullopt};
  CertificateAuthority authority;
  TlsPeer server{authority.issue(certificate_for_all()), echo()};
};

TEST_F(Proxy, OpensATunnelAndSeesNoMore) {
  ProxyPeer proxy(to_server());
  const auto model = model_by(proxy.url());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(model.invoke("hello"), "echo: hello");

  EXPECT_EQ(proxy.targets(), std::vector<std::string>{"api.example.test:443"});
  const auto request = proxy.peer().requests().at(0);
  EXPECT_EQ(request.method, "CONNECT");
  EXPECT_EQ(request.header("authorization"), "");
  EXPECT_EQ(request.header("proxy-authorization"), "");
  EXPECT_EQ(request.body, "");
  const auto served = server.requests().at(0);
  EXPECT_EQ(served.header("authorization"), std::string("Bearer ") + test_key);
  EXPECT_EQ(served.header("host"), "api.example.test");
  EXPECT_EQ(served.header("proxy-authorization"), "");
  EXPECT_EQ(served.server_name, "api.example.test");
}

TEST_F(Proxy, OfTheEnvironment) {
  ProxyPeer proxy(to_server());
  const EnvironmentVariable variable("HTTPS_PROXY", proxy.url());
  EXPECT_EQ(model_by(std::nullopt).invoke("hello"), "echo: hello");
  EXPECT_EQ(proxy.targets().size(), 1u);
}

TEST_F(Proxy, OfTheEnvironmentIsOverruledByNone) {
  ProxyPeer proxy(to_server());
  const EnvironmentVariable variable("HTTPS_PROXY", proxy.url());
  EXPECT_EQ(direct_model("").invoke("hello"), "echo: hello");
  EXPECT_EQ(proxy.peer().connections(), 0u);
}

TEST_F(Proxy, GetsItsPassword) {
  auto options = to_server();
  options.authorization = "Basic dXNlcjpwQHNz";  // user:p@ss
  ProxyPeer proxy(options);
  const auto url = "http://user:p%40ss@127.0.0.1:" + std::to_string(proxy.port());
  EXPECT_EQ(model_by(url).invoke("hello"), "echo: hello");
  EXPECT_EQ(server.requests().at(0).header("proxy-authorization"), "");
}

TEST_F(Proxy, ThatWantsAPasswordSaysSo) {
  auto options = to_server();
  options.authorization = "Basic dXNlcjpwQHNz";
  ProxyPeer proxy(options);
  const auto error = error_of(model_by("http://user:wrong-one@127.0.0.1:" + std::to_string(proxy.port())));
  EXPECT_EQ(error.kind(), ErrorKind::connect);
  EXPECT_NE(error.info().message.find("407"), std::string::npos) << error.what();
  EXPECT_EQ(std::string(error.what()).find("wrong-one"), std::string::npos) << error.what();
  EXPECT_FALSE(error.info().maybe_billed);
  EXPECT_EQ(server.connections(), 0u);
}

TEST_F(Proxy, ThatRefusesIsNamed) {
  auto options = to_server();
  options.refuse_with = 403;
  ProxyPeer proxy(options);
  const auto error = error_of(model_by(proxy.url()));
  EXPECT_EQ(error.kind(), ErrorKind::connect);
  EXPECT_NE(error.info().message.find("127.0.0.1:" + std::to_string(proxy.port())), std::string::npos) << error.what();
  EXPECT_NE(error.info().message.find("403"), std::string::npos) << error.what();
}

TEST_F(Proxy, ThatIsNotThereIsNamed) {
  const RefusedPort nobody;
  const auto address = "127.0.0.1:" + std::to_string(nobody.port());
  const auto error = error_of(model_by("http://" + address));
  EXPECT_EQ(error.kind(), ErrorKind::connect);
  EXPECT_NE(error.info().message.find(address), std::string::npos) << error.what();
}

TEST_F(Proxy, ThatSaysNothing) {
  Peer silent([](Conversation& conversation) { conversation.wait_closed(); });
  auto client = client_with(silent.url());
  client.timeouts.connect = std::chrono::milliseconds(200);
  const auto error = error_of(model_at("https://api.example.test/v1", client));
  EXPECT_EQ(error.kind(), ErrorKind::connect_timeout);
  EXPECT_NE(error.info().message.find("proxy"), std::string::npos) << error.what();
}

TEST_F(Proxy, ThatClosesOrSpeaksNoHttp) {
  for (const auto* words : {"", "hello\r\n\r\n", "HTTP/1.1 2", "SSH-2.0-OpenSSH_9.2\r\n"}) {
    SCOPED_TRACE(words);
    Peer odd([&](Conversation& conversation) {
      conversation.read_request();
      conversation.send(words);
    });
    EXPECT_EQ(error_of(model_by(odd.url())).kind(), ErrorKind::connect);
  }
}

TEST_F(Proxy, IsNotTakenForHostsOfNoProxy) {
  ProxyPeer proxy(to_server());
  const EnvironmentVariable variable("HTTPS_PROXY", proxy.url());
  const EnvironmentVariable exceptions("NO_PROXY", "other.example, 0.0.0.0");
  EXPECT_EQ(direct_model(std::nullopt).invoke("hello"), "echo: hello");
  EXPECT_EQ(proxy.peer().connections(), 0u);
  EXPECT_EQ(model_by(std::nullopt).invoke("hello"), "echo: hello");
  EXPECT_EQ(proxy.peer().connections(), 1u);
}

TEST_F(Proxy, IsNotTakenForLoopbackHostsOrPlainHttp) {
  ProxyPeer proxy(to_server());
  const auto client = client_with(proxy.url());
  EXPECT_EQ(model_at(server.url("/v1"), client).invoke("hello"), "echo: hello");
  Peer plain(echo());
  const auto url = "http://0.0.0.0:" + std::to_string(plain.port()) + "/v1";
  EXPECT_EQ(model_at(url, client).invoke("hello"), "echo: hello");
  EXPECT_EQ(proxy.peer().connections(), 0u);
}

TEST_F(Proxy, ItsTunnelIsVerifiedToo) {
  CertificateOptions options;
  options.names = "DNS:elsewhere.example";
  TlsPeer impostor(authority.issue(options), echo());
  ProxyPeerOptions elsewhere;
  elsewhere.upstream_port = impostor.port();
  ProxyPeer proxy(elsewhere);
  EXPECT_EQ(error_of(model_by(proxy.url())).kind(), ErrorKind::tls);
  EXPECT_EQ(impostor.request_count(), 0u);
}

TEST_F(Proxy, NeedsNoScheme) {
  ProxyPeer proxy(to_server());
  const EnvironmentVariable variable("ALL_PROXY", "127.0.0.1:" + std::to_string(proxy.port()));
  EXPECT_EQ(model_by(std::nullopt).invoke("hello"), "echo: hello");
  EXPECT_EQ(proxy.targets().size(), 1u);
}

TEST_F(Proxy, OfTheEnvironmentThatCannotBeSpokenToStopsOnlyWhatNeedsIt) {
  const EnvironmentVariable variable("ALL_PROXY", "socks5://127.0.0.1:3128");
  const auto error = error_of(model_by(std::nullopt));
  EXPECT_EQ(error.kind(), ErrorKind::configuration);
  EXPECT_NE(error.info().message.find("ALL_PROXY"), std::string::npos) << error.what();
  EXPECT_FALSE(error.info().maybe_billed);
  const EnvironmentVariable exceptions("NO_PROXY", "0.0.0.0");
  EXPECT_EQ(direct_model(std::nullopt).invoke("hello"), "echo: hello");
}

TEST_F(Proxy, ThatTheUserNamesAndCannotBeSpokenToIsRefusedAtOnce) {
  for (const auto* proxy : {"https://127.0.0.1:3128", "socks5://127.0.0.1:3128"}) {
    const auto error = thrown_by([&] { Client client(client_with(proxy)); });
    EXPECT_EQ(error.kind(), ErrorKind::configuration) << proxy;
  }
}

}  // namespace
}  // namespace headway::test
