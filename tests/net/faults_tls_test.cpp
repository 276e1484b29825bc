// Faults of TLS over either protocol, with a hundred other calls of the same client in flight. What is checked of
// certificates is in tls_test.cpp.

#include <gtest/gtest.h>

#include "support/tls_peer.hpp"
#include "support/tls_stream.hpp"
#include "victim.hpp"

namespace headway::test {
namespace {

using namespace std::chrono_literals;
using Incoming = Http2Server::Incoming;

class TlsFaults : public EachProtocol {
 protected:
  bool http2_is_spoken() const { return GetParam() == HttpVersion::http_2; }
  TlsPeerOptions peer_options() const {
    TlsPeerOptions options;
    options.http2 = http2_is_spoken();
    return options;
  }
  ClientOptions trusting() const {
    auto options = client_options();
    options.ca_file = authority.root_file();
    options.http = GetParam();
    return options;
  }
  /// Echoes, late enough for all to be in flight together.
  Peer::Script late_echo() const {
    const auto answer = [](Http2Connection& connection, const Incoming& incoming) {
      connection.after(100ms, [&connection, incoming] { echo_on(connection, incoming); });
    };
    return http2_is_spoken() ? http2(answer) : echo(100ms);
  }
  /// How a call of `doomed` ends, in the middle of a hundred of `sound`, which must be answered.
  static Outcome<Response> victim_among_others(const OpenAI& sound, const OpenAI& doomed) {
    auto others = submit_many(sound, 50);
    CallOptions once;
    once.max_retries = 0;
    auto victim = doomed.submit("victim", once);
    auto more = submit_many(sound, 50);
    for (auto* futures : {&others, &more}) {
      for (std::size_t i = 0; i < futures->size(); ++i) {
        const auto outcome = ended((*futures)[i]);
        EXPECT_TRUE(outcome) << i << ": " << outcome.error().what();
        if (!outcome) continue;
        EXPECT_EQ(outcome->text(), echo_of("prompt " + std::to_string(i)));
      }
    }
    return ended(victim);
  }
  void expect_refused(const ServerCertificate& certificate) {
    TlsPeer good(authority.issue(), late_echo(), peer_options());
    TlsPeer bad(certificate, late_echo(), peer_options());
    const Client client(trusting());
    const auto outcome = victim_among_others(model_on(client, good), model_on(client, bad));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind(), ErrorKind::tls) << outcome.error().what();
    EXPECT_FALSE(outcome.error().info().maybe_billed);
    EXPECT_EQ(bad.request_count(), 0u);
  }

  CertificateAuthority authority;
};

INSTANTIATE_TEST_SUITE_P(Over, TlsFaults, testing::Values(HttpVersion::http_1_1, HttpVersion::http_2), name_of);

TEST_P(TlsFaults, ACertificateThatExpired) {
  CertificateOptions options;
  options.validity = Validity::expired;
  expect_refused(authority.issue(options));
}

TEST_P(TlsFaults, ACertificateForAnotherHost) {
  CertificateOptions options;
  options.names = "DNS:elsewhere.example";
  expect_refused(authority.issue(options));
}

TEST_P(TlsFaults, AnUnknownAuthority) {
  CertificateAuthority unknown;
  expect_refused(unknown.issue());
}

// Over HTTP/2 it is the end of other calls too, which go to another connection.
TEST_P(TlsFaults, AnEndWithoutGoodbyeInsideTheBody) {
  const auto half = completion_body("the answer").substr(0, 20);
  const auto over_http2 = [&](Http2Connection& connection, const Incoming& incoming) {
    if (prompt_of(incoming.request) != "victim") {
      return connection.after(100ms, [&connection, incoming] { echo_on(connection, incoming); });
    }
    connection.server.head(incoming.stream, 200, {{"content-type", "application/json"}});
    connection.server.data(incoming.stream, half, false);
    connection.close();
  };
  const auto over_http1 = [&](Conversation& conversation) {
    while (const auto request = conversation.read_request()) {
      if (prompt_of(*request) == "victim") return void(conversation.send("HTTP/1.1 200 OK\r\n\r\n" + half));
      if (!conversation.sleep(100ms) || !conversation.send(echo_reply(*request))) return;
    }
  };
  auto unclean = peer_options();
  unclean.close_notify = false;
  TlsPeer peer(authority.issue(), http2_is_spoken() ? http2(over_http2) : Peer::Script(over_http1), unclean);
  const auto model = model_at(peer, trusting());
  const auto outcome = victim_among_others(model, model);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind(), ErrorKind::incomplete) << outcome.error().what();
}

// RFC 9113, 9.2.1, forbids it over HTTP/2: what is sent meanwhile may end the connection, but every call ends.
TEST_P(TlsFaults, AServerThatAsksForAnotherHandshake) {
  auto old = peer_options();
  old.newest = TlsVersion::tls1_2;
  std::atomic<long> handshakes = 0;
  const auto script = [&, echoing = late_echo()](Conversation& conversation) {
    auto& stream = dynamic_cast<TlsStream&>(conversation.stream());
    EXPECT_TRUE(stream.ask_for_handshake());
    echoing(conversation);
    handshakes = std::max(handshakes.load(), stream.handshakes());
  };
  {
    TlsPeer peer(authority.issue(), script, old);
    const auto model = model_at(peer, trusting());
    auto calls = submit_many(model, 100);
    std::size_t answered = 0;
    for (auto& call : calls) answered += ended(call).has_value() ? 1u : 0u;
    if (!http2_is_spoken()) {
      EXPECT_EQ(answered, calls.size());
    }
  }
  if (!http2_is_spoken()) {
    EXPECT_EQ(handshakes, 2);
  }
}

}  // namespace
}  // namespace headway::test
