// Whom headway trusts.

#include <gtest/gtest.h>

#include "model_at.hpp"
#include "support/environment.hpp"
#include "support/temporary_directory.hpp"
#include "support/tls_peer.hpp"

namespace headway::test {
namespace {

class Tls : public testing::Test {
 protected:
  ClientOptions trusting(const CertificateAuthority& trusted) const {
    auto client = client_options();
    client.ca_file = trusted.root_file();
    return client;
  }

  /// How a call ends at a server with this certificate, by a client that trusts the authority.
  Outcome<Response> outcome_with(const ServerCertificate& certificate, const std::string& host = "127.0.0.1") {
    TlsPeer peer(certificate, echo());
    return outcome_of(model_at("https://" + host + ":" + std::to_string(peer.port()) + "/v1", trusting(authority)));
  }

  void expect_refused(const ServerCertificate& certificate, const std::string& why,
                      const std::string& host = "127.0.0.1") {
    TlsPeer peer(certificate, echo());
    const auto model = model_at("https://" + host + ":" + std::to_string(peer.port()) + "/v1", trusting(authority));
    const auto error = error_of(model);
    EXPECT_EQ(error.kind(), ErrorKind::tls);
    EXPECT_NE(error.info().message.find(why), std::string::npos) << error.what();
    EXPECT_EQ(error.info().attempts, 1);
    EXPECT_FALSE(error.info().maybe_billed);
    EXPECT_EQ(peer.request_count(), 0u);
  }

  CertificateAuthority authority;
};

TEST_F(Tls, AGoodChainWithAnIntermediateByAFile) {
  const auto outcome = outcome_with(authority.issue());
  ASSERT_TRUE(outcome) << outcome.error().what();
  EXPECT_EQ(outcome->text(), "echo: hello");
  EXPECT_GT(outcome->times.connect.count(), 0);
}

TEST_F(Tls, AGoodChainByTheEnvironment) {
  const EnvironmentVariable file("SSL_CERT_FILE", authority.root_file());
  TlsPeer peer(authority.issue(), echo());
  EXPECT_EQ(model_at(peer).invoke("hello"), "echo: hello");
}

TEST_F(Tls, AFileAddsToTheEnvironments) {
  CertificateAuthority other;
  const EnvironmentVariable file("SSL_CERT_FILE", authority.root_file());
  TlsPeer peer(authority.issue(), echo());
  TlsPeer others(other.issue(), echo());
  EXPECT_EQ(model_at(peer, trusting(other)).invoke("hello"), "echo: hello");
  EXPECT_EQ(model_at(others, trusting(other)).invoke("hello"), "echo: hello");
}

TEST_F(Tls, ANameIsSentAndAnAddressIsNot) {
  TlsPeer peer(authority.issue(), echo());
  const auto client = trusting(authority);
  const auto port = std::to_string(peer.port());
  EXPECT_EQ(model_at("https://localhost:" + port + "/v1", client).invoke("hello"), "echo: hello");
  EXPECT_EQ(model_at("https://127.0.0.1:" + port + "/v1", client).invoke("hello"), "echo: hello");
  const auto requests = peer.requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[0].server_name, "localhost");
  EXPECT_EQ(requests[1].server_name, "");
}

TEST_F(Tls, ACertificateForAnotherHost) {
  CertificateOptions options;
  options.names = "DNS:elsewhere.example";
  expect_refused(authority.issue(options), "hostname mismatch", "localhost");
  expect_refused(authority.issue(options), "IP address mismatch");
  options.names = "DNS:127.0.0.1";  // a name, and no address
  expect_refused(authority.issue(options), "IP address mismatch");
}

TEST_F(Tls, ACertificateThatExpiredOrIsNotValidYet) {
  CertificateOptions options;
  options.validity = Validity::expired;
  expect_refused(authority.issue(options), "expired");
  options.validity = Validity::not_yet;
  expect_refused(authority.issue(options), "not yet valid");
}

TEST_F(Tls, AnUnknownAuthority) {
  CertificateAuthority unknown;
  expect_refused(unknown.issue(), "unable to get local issuer certificate");
}

TEST_F(Tls, AMissingIntermediate) {
  CertificateOptions options;
  options.with_intermediate = false;
  expect_refused(authority.issue(options), "unable to get local issuer certificate");
}

TEST_F(Tls, ASelfSignedCertificate) {
  expect_refused(authority.issue_self_signed(), "self-signed");
}

TEST_F(Tls, TheSystemsAuthoritiesDoNotTrustOurs) {
  TlsPeer peer(authority.issue(), echo());
  EXPECT_EQ(error_of(model_at(peer)).kind(), ErrorKind::tls);
}

TEST_F(Tls, OldVersionsAreRefused) {
  TlsPeerOptions options;
  options.oldest = options.newest = TlsVersion::tls1_1;
  TlsPeer peer(authority.issue(), echo(), options);
  const auto error = error_of(model_at(peer, trusting(authority)));
  EXPECT_EQ(error.kind(), ErrorKind::tls);
  EXPECT_NE(error.info().message.find("handshake"), std::string::npos) << error.what();
  EXPECT_EQ(peer.request_count(), 0u);
}

TEST_F(Tls, BothNewVersionsAreSpoken) {
  for (const auto version : {TlsVersion::tls1_2, TlsVersion::tls1_3}) {
    TlsPeerOptions options;
    options.oldest = options.newest = version;
    TlsPeer peer(authority.issue(), echo(), options);
    EXPECT_EQ(model_at(peer, trusting(authority)).invoke("hello"), "echo: hello");
  }
}

TEST_F(Tls, AServerThatSpeaksNoTls) {
  Peer peer([](Conversation& conversation) { conversation.send("HTTP/1.1 400 Bad Request\r\n\r\n"); });
  const auto error = error_of(model_at("https://127.0.0.1:" + std::to_string(peer.port()), client_options()));
  EXPECT_EQ(error.kind(), ErrorKind::tls);
}

TEST_F(Tls, AnEndWithoutGoodbyeIsNoEndOfAnAnswer) {
  const auto answer = "HTTP/1.1 200 OK\r\n\r\n" + completion_body("hello");  // ends with the connection
  for (const bool goodbye : {true, false}) {
    TlsPeerOptions options;
    options.close_notify = goodbye;
    TlsPeer peer(
        authority.issue(),
        [&](Conversation& conversation) {
          conversation.read_request();
          conversation.send(answer);
        },
        options);
    auto client = trusting(authority);
    client.max_retries = 0;
    const auto outcome = outcome_of(model_at(peer, client));
    EXPECT_EQ(outcome.has_value(), goodbye);
    if (!outcome) {
      EXPECT_EQ(outcome.error().kind(), ErrorKind::incomplete);
    }
  }
}

TEST_F(Tls, AnAnswerOfToldLengthNeedsNoGoodbye) {
  TlsPeerOptions options;
  options.close_notify = false;
  TlsPeer peer(
      authority.issue(),
      [&](Conversation& conversation) {
        conversation.read_request();
        conversation.send(completion_reply("hello"));
      },
      options);
  EXPECT_EQ(model_at(peer, trusting(authority)).invoke("hi"), "hello");
}

TEST_F(Tls, ConnectionsAreUsedAgain) {
  TlsPeer peer(authority.issue(), echo());
  const auto model = model_at(peer, trusting(authority));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(model.invoke("hello"), "echo: hello");
  EXPECT_EQ(peer.connections(), 1u);
}

TlsPeerOptions giving_tickets(TlsVersion version) {
  TlsPeerOptions options;
  options.oldest = options.newest = version;
  options.tickets = true;
  return options;
}

Peer::Script one_answer_a_connection() {
  return always(reply(200, completion_body("hello"), {{"Connection", "close"}}));
}

/// Whether each of the peer's requests came over a resumed session.
std::vector<bool> resumed(const Peer& peer) {
  std::vector<bool> flags;
  for (const auto& request : peer.requests()) flags.push_back(request.resumed);
  return flags;
}

TEST_F(Tls, LaterConnectionsResumeTheSession) {
  for (const auto version : {TlsVersion::tls1_2, TlsVersion::tls1_3}) {
    TlsPeer peer(authority.issue(), one_answer_a_connection(), giving_tickets(version));
    const auto model = model_at(peer, trusting(authority));
    for (int i = 0; i < 4; ++i) EXPECT_EQ(model.invoke("hi"), "hello");
    EXPECT_EQ(resumed(peer), (std::vector<bool>{false, true, true, true}));
  }
}

TEST_F(Tls, ConnectionsMadeTogetherShareASession) {
  TlsPeer peer(
      authority.issue(),
      [](Conversation& conversation) {
        conversation.read_request();
        conversation.wait_for_requests(conversation.request_number() < 2 ? 1 : 9);
        conversation.send(reply(200, completion_body("hello"), {{"Connection", "close"}}));
      },
      giving_tickets(TlsVersion::tls1_3));
  const auto model = model_at(peer, trusting(authority));
  EXPECT_EQ(model.invoke("hi"), "hello");
  auto futures = submit_many(model, 8);
  for (auto& future : futures) EXPECT_TRUE(ended(future));
  EXPECT_EQ(resumed(peer), (std::vector<bool>{false, true, true, true, true, true, true, true, true}));
}

TEST_F(Tls, ASessionIsNotOfferedToAnotherHost) {
  TlsPeer peer(authority.issue(), one_answer_a_connection(), giving_tickets(TlsVersion::tls1_3));
  const auto port = std::to_string(peer.port());
  const Client client(trusting(authority));
  for (const std::string host : {"localhost", "127.0.0.1", "localhost", "127.0.0.1"}) {
    OpenAIOptions options;
    options.base_url = "https://" + host + ":" + port + "/v1";
    options.api_key = test_key;
    EXPECT_EQ(OpenAI(options, client).invoke("hi"), "hello");
  }
  EXPECT_EQ(resumed(peer), (std::vector<bool>{false, false, true, true}));
}

TEST_F(Tls, AServerThatKnowsNoSessionOfBeforeShakesHandsInFull) {
  for (const auto version : {TlsVersion::tls1_2, TlsVersion::tls1_3}) {
    auto options = giving_tickets(version);
    auto peer = std::make_unique<TlsPeer>(authority.issue(), one_answer_a_connection(), options);
    options.port = peer->port();
    const auto model = model_at(*peer, trusting(authority));
    EXPECT_EQ(model.invoke("hi"), "hello");
    peer.reset();
    peer = std::make_unique<TlsPeer>(authority.issue(), one_answer_a_connection(), options);
    EXPECT_EQ(model.invoke("hi"), "hello");
    EXPECT_EQ(model.invoke("hi"), "hello");
    EXPECT_EQ(resumed(*peer), (std::vector<bool>{false, true}));
  }
}

TEST_F(Tls, LargeBodiesPassBothWays) {
  TlsPeer peer(authority.issue(), echo());
  const std::string prompt(1 << 20, 'x');
  EXPECT_EQ(model_at(peer, trusting(authority)).invoke(prompt), echo_of(prompt));
}

TEST_F(Tls, AFileThatHoldsNoCertificates) {
  auto options = client_options();
  options.ca_file = "/does/not/exist.pem";
  EXPECT_EQ(thrown_by([&] { Client client(options); }).kind(), ErrorKind::configuration);
  options.ca_file = authority.issue().key;
  EXPECT_EQ(thrown_by([&] { Client client(options); }).kind(), ErrorKind::configuration);
}

}  // namespace
}  // namespace headway::test
