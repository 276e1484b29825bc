// Many calls on one HTTP/2 connection, and what its server may do to them.

#include <gtest/gtest.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "model_at.hpp"
#include "support/http2_script.hpp"
#include "support/tls_peer.hpp"

namespace headway::test {
namespace {

using namespace std::chrono_literals;
using Incoming = Http2Server::Incoming;

ClientOptions over_http2(ClientOptions options = without_retries()) {
  options.http = HttpVersion::http_2;
  return options;
}

/// Fails the test for each that is not the echo of its prompt.
void expect_echoes(std::vector<std::future<Response>>& futures) {
  for (std::size_t i = 0; i < futures.size(); ++i) {
    const auto outcome = ended(futures[i]);
    ASSERT_TRUE(outcome) << i << ": " << outcome.error().what();
    EXPECT_EQ(outcome->text(), echo_of("prompt " + std::to_string(i)));
  }
}

/// Answers the prompt "victim" by `fault`, and all others with their echo.
Http2Handler echo_but(std::function<void(Http2Connection&, std::int32_t)> fault) {
  return [fault = std::move(fault)](Http2Connection& connection, const Incoming& incoming) {
    if (prompt_of(incoming.request) == "victim") return fault(connection, incoming.stream);
    const auto answer = [&connection, incoming] { echo_on(connection, incoming); };
    connection.after(50ms, answer);
  };
}

/// How a victim ends among a hundred others, all of which must get their answers.
Outcome<Response> victim_among_others(const Peer& peer, const ClientOptions& options = over_http2()) {
  const auto model = model_at(peer, options);
  auto others = submit_many(model, 50);
  auto victim = model.submit("victim");
  auto more = submit_many(model, 50);
  expect_echoes(others);
  expect_echoes(more);
  return ended(victim);
}

TEST(Http2Calls, ShareConnectionsUpToTheServersLimit) {
  Http2Log log;
  Peer peer(http2(echo_on, Http2ServerOptions(), &log));
  const auto model = model_at(peer, over_http2());
  auto futures = submit_many(model, 500);
  expect_echoes(futures);
  EXPECT_GE(log.connections, 1);
  EXPECT_LE(log.connections, 6);
}

TEST(Http2Calls, AHundredAreInFlightOnOneConnection) {
  Http2Log log;
  std::vector<Incoming> held;
  const auto answer_all_at_the_hundredth = [&](Http2Connection& connection, const Incoming& incoming) {
    held.push_back(incoming);
    if (held.size() < 100) return;
    for (const auto& each : held) echo_on(connection, each);
  };
  auto options = over_http2();
  options.max_connections = 1;
  Peer peer(http2(answer_all_at_the_hundredth, Http2ServerOptions(), &log));
  const auto model = model_at(peer, options);
  auto futures = submit_many(model, 100);
  expect_echoes(futures);
  EXPECT_EQ(log.connections, 1);
}

TEST(Http2Calls, WaitForASlotWhereTheServerAllowsFew) {
  Http2Log log;
  Http2ServerOptions few;
  few.max_streams = 3;
  Peer peer(http2(echo_on, few, &log));
  auto options = over_http2();
  options.max_connections = 2;
  const auto model = model_at(peer, options);
  auto futures = submit_many(model, 200);
  expect_echoes(futures);
  EXPECT_LE(log.connections, 2);
}

TEST(Http2Calls, OutliveTheirConnections) {
  Http2Log log;
  Peer peer(http2(echo_on, Http2ServerOptions(), &log));
  auto options = over_http2();
  options.max_connections = 2;
  const auto model = model_at(peer, options);
  for (int i = 0; i < 4; ++i) {
    auto futures = submit_many(model, 6'000);
    expect_echoes(futures);
  }
  EXPECT_GE(log.connections, 3);  // none takes more than 9,900
  EXPECT_EQ(log.requests, 24'000);
}

class Http2OverTls : public testing::Test {
 protected:
  TlsPeerOptions with_http2(bool yes) const {
    TlsPeerOptions options;
    options.http2 = yes;
    return options;
  }
  ClientOptions trusting(HttpVersion http) const {
    auto options = without_retries();
    options.ca_file = authority.root_file();
    options.http = http;
    return options;
  }
  CertificateAuthority authority;
};

TEST_F(Http2OverTls, IsTakenWhereItIsOffered) {
  Http2Log log;
  TlsPeer peer(authority.issue(), http2(echo_on, Http2ServerOptions(), &log), with_http2(true));
  const auto model = model_at(peer, trusting(HttpVersion::automatic));
  auto futures = submit_many(model, 300);
  expect_echoes(futures);
  EXPECT_LE(log.connections, 4);
}

TEST_F(Http2OverTls, AndNotWhereItIsNot) {
  TlsPeer peer(authority.issue(), echo(), with_http2(false));
  const auto model = model_at(peer, trusting(HttpVersion::automatic));
  auto futures = submit_many(model, 30);
  expect_echoes(futures);
}

TEST_F(Http2OverTls, Http11MayBeAskedFor) {
  TlsPeer peer(authority.issue(), echo(), with_http2(false));
  EXPECT_EQ(model_at(peer, trusting(HttpVersion::http_1_1)).invoke("hello"), "echo: hello");
}

TEST_F(Http2OverTls, AServerWithoutItIsRefusedWhereItMustBe) {
  TlsPeer peer(authority.issue(), echo(), with_http2(false));
  const auto error = error_of(model_at(peer, trusting(HttpVersion::http_2)));
  EXPECT_EQ(error.kind(), ErrorKind::protocol);
  EXPECT_NE(error.info().message.find("does not offer HTTP/2"), std::string::npos) << error.what();
}

TEST(Http2Faults, APlainHttp11ServerIsNamed) {
  Peer peer([](Conversation& conversation) {
    conversation.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    conversation.wait_closed();
  });
  const auto error = error_of(model_at(peer, over_http2()));
  EXPECT_EQ(error.kind(), ErrorKind::protocol);
  EXPECT_NE(error.info().message.find("does not speak HTTP/2"), std::string::npos) << error.what();
}

TEST(Http2Faults, AResetStreamHarmsNoNeighbour) {
  for (const auto code : {1u, 2u, 5u, 8u, 11u}) {
    Peer peer(http2(
        echo_but([code](Http2Connection& connection, std::int32_t stream) { connection.server.reset(stream, code); })));
    const auto outcome = victim_among_others(peer);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind(), ErrorKind::connect) << code;
    EXPECT_TRUE(outcome.error().info().maybe_billed);
  }
}

TEST(Http2Faults, AResetInsideTheAnswerIsIncomplete) {
  Peer peer(http2(echo_but([](Http2Connection& connection, std::int32_t stream) {
    connection.server.head(stream, 200, {{"content-type", "application/json"}});
    connection.server.data(stream, "{\"choices\":", false);
    connection.after(20ms, [&connection, stream] { connection.server.reset(stream, 2); });
  })));
  const auto outcome = victim_among_others(peer);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind(), ErrorKind::incomplete);
}

TEST(Http2Faults, ARefusedStreamIsSentAgainAtNoCost) {
  std::atomic<int> refusals = 0;
  Http2Handler refuse_twice = echo_but([&refusals](Http2Connection& connection, std::int32_t stream) {
    if (++refusals <= 2) return connection.server.reset(stream, 7);
    connection.server.reply(stream, 200, completion_body("at last"));
  });
  Peer peer(http2(refuse_twice));
  const auto outcome = victim_among_others(peer);
  ASSERT_TRUE(outcome) << outcome.error().what();
  EXPECT_EQ(outcome->text(), "at last");
  EXPECT_EQ(outcome->attempts, 3);
}

TEST(Http2Faults, GoawaySendsWhatWasNotProcessedToAnotherConnection) {
  const auto answer = [](Http2Connection& connection, const Incoming& incoming) {
    if (connection.number() == 1 && incoming.request.number == 20) connection.server.goaway(incoming.stream);
    connection.after(20ms, [&connection, incoming] { echo_on(connection, incoming); });
  };
  Http2Log log;
  Peer peer(http2(answer, Http2ServerOptions(), &log));
  auto options = over_http2();
  options.max_connections = 1;
  const auto model = model_at(peer, options);
  auto futures = submit_many(model, 100);
  expect_echoes(futures);
  EXPECT_EQ(log.connections, 2);
}

TEST(Http2Faults, AGoawayThatProcessedNothingCostsNoRetry) {
  const auto answer = [](Http2Connection& connection, const Incoming& incoming) {
    if (connection.number() == 1) {
      connection.server.goaway(0);
      return connection.close();
    }
    echo_on(connection, incoming);
  };
  Peer peer(http2(answer));
  const auto model = model_at(peer, over_http2());
  auto futures = submit_many(model, 50);
  expect_echoes(futures);
}

TEST(Http2Faults, AResetConnectionFailsItsCallsAsMaybeBilled) {
  Peer peer(http2([](Http2Connection& connection, const Incoming& incoming) {
    if (incoming.request.number == 20) connection.reset();
  }));
  auto options = over_http2();
  options.max_connections = 1;
  const auto model = model_at(peer, options);
  auto futures = submit_many(model, 20);
  for (auto& future : futures) {
    const auto outcome = ended(future);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind(), ErrorKind::connect);
    EXPECT_TRUE(outcome.error().info().maybe_billed);
  }
}

TEST(Http2Faults, ACallThatTimesOutHarmsNoNeighbour) {
  Http2Log log;
  Peer peer(http2(echo_but([](Http2Connection&, std::int32_t) {}), Http2ServerOptions(), &log));
  const auto model = model_at(peer, over_http2());
  CallOptions quick;
  quick.timeout = 1s;
  EXPECT_EQ(model.invoke("first"), echo_of("first"));
  auto victim = model.submit("victim", quick);
  auto others = submit_many(model, 50);
  expect_echoes(others);
  const auto outcome = ended(victim);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind(), ErrorKind::timeout);
  EXPECT_TRUE(outcome.error().info().maybe_billed);
  EXPECT_TRUE(peer.wait_until([&] { return log.resets == 1; }));
  EXPECT_EQ(log.connections, 1);
}

TEST(Http2Faults, AWindowThatNeverOpensEndsByItsTimeout) {
  Http2ServerOptions closed;
  closed.window = 0;
  Peer peer(http2(echo_on, closed));
  auto options = over_http2();
  options.timeouts.total = 300ms;
  const auto model = model_at(peer, options);
  model.submit("hello").wait();  // it may be on its way before the server's SETTINGS come
  const auto error = error_of(model);
  EXPECT_EQ(error.kind(), ErrorKind::timeout);
  EXPECT_FALSE(error.info().maybe_billed);
}

TEST(Http2Faults, AFloodClosesTheConnectionAndItsCallsGoToAnother) {
  const auto answer = [](Http2Connection& connection, const Incoming& incoming) {
    if (connection.number() == 1) {
      for (int i = 0; i < 5'000; ++i) connection.server.frame(6, 0, 0, "12345678");
    } else {
      echo_on(connection, incoming);
    }
  };
  Http2Log log;
  Peer peer(http2(answer, Http2ServerOptions(), &log));
  const auto model = model_at(peer, over_http2(client_options()));
  auto futures = submit_many(model, 50);
  expect_echoes(futures);
  EXPECT_GE(log.connections, 2);
}

TEST(Http2Faults, AMassCancellationHarmsNoNeighbour) {
  Http2Log log;
  std::atomic<bool> released = false;
  const Http2Handler echo_when_released = [&](Http2Connection& connection, const Incoming& incoming) {
    if (released) return echo_on(connection, incoming);
    connection.after(2ms, [&, incoming] { echo_when_released(connection, incoming); });
  };
  Peer peer(http2(echo_when_released, Http2ServerOptions(), &log));
  boost::asio::io_context loop(1);
  auto options = over_http2();
  options.max_connections = 8;
  const Client client(loop.get_executor(), options);
  const auto model = model_on(client, peer);
  std::list<boost::asio::cancellation_signal> signals;
  int cancelled = 0, answered = 0;
  const auto count = [&](const Outcome<Response>& outcome) { ++(outcome ? answered : cancelled); };
  for (int i = 0; i < 790; ++i) {
    model.async_outcome("hello", boost::asio::bind_cancellation_slot(signals.emplace_back().slot(), count));
  }
  for (int i = 0; i < 8; ++i) model.async_outcome("neighbour", count);
  ASSERT_TRUE(run_until(loop, [&] { return log.requests == 798; }));
  for (auto& signal : signals) signal.emit(boost::asio::cancellation_type::terminal);
  ASSERT_TRUE(run_until(loop, [&] { return cancelled == 790; }));
  released = true;
  ASSERT_TRUE(run_until(loop, [&] { return cancelled + answered == 798; }));
  EXPECT_EQ(cancelled, 790);
  EXPECT_EQ(answered, 8);
  client.close();
  run_to_end(loop);
}

}  // namespace
}  // namespace headway::test
