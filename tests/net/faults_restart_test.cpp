// A server that goes away in the middle of a thousand calls, and comes back.

#include <gtest/gtest.h>

#include "in_flight.hpp"
#include "victim.hpp"

namespace headway::test {
namespace {

constexpr std::size_t all_calls = 1'000;
constexpr std::chrono::milliseconds delay(20);  // so that many are with the server when it goes

class Restart : public EachProtocol {
 protected:
  Peer::Script script() const {
    const auto answer = [](Http2Connection& connection, const Http2Server::Incoming& incoming) {
      connection.after(delay, [&connection, incoming] { echo_on(connection, incoming); });
    };
    return GetParam() == HttpVersion::http_2 ? http2(answer) : echo(delay);
  }
  ClientOptions options(int max_retries) const {
    auto all = client_options();
    all.http = GetParam();
    all.max_connections = 50;
    all.max_retries = max_retries;
    return all;
  }
  /// Starts the calls, and a new server in the place of the old one when half of them have begun.
  void run(const ClientOptions& with) {
    std::optional<Peer> peer(std::in_place, script());
    const auto port = peer->port();
    const Client client(with);
    const auto model = model_on(client, *peer);
    for (std::size_t i = 0; i < all_calls; ++i) {
      const auto keep = [this, i](const Outcome<Response>& outcome) {
        ++times_ended[i];
        ends.count(outcome);
        const bool its_own = !outcome || outcome->text() == echo_of("prompt " + std::to_string(i));
        strangers += its_own ? 0 : 1;
      };
      model.async_outcome("prompt " + std::to_string(i), keep);
      if (i % 10 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      if (i != all_calls / 2) continue;
      peer.reset();
      PeerOptions same_port;
      same_port.port = port;
      peer.emplace(script(), same_port);
    }
    EXPECT_TRUE(ends.reach(all_calls));
    EXPECT_EQ(client.stats().calls_in_flight, 0u);
    client.close();
    EXPECT_TRUE(all_closed(*peer));
    for (std::size_t i = 0; i < all_calls; ++i) EXPECT_EQ(times_ended[i], 1) << i;
    EXPECT_EQ(strangers, 0);
  }

  std::vector<std::atomic<int>> times_ended = std::vector<std::atomic<int>>(all_calls);
  std::atomic<int> strangers = 0;
  Ends ends;
};

INSTANTIATE_TEST_SUITE_P(Over, Restart, testing::Values(HttpVersion::http_1_1, HttpVersion::http_2), name_of);

TEST_P(Restart, CostsNoCallThatMayBeSentAgain) {
  run(options(5));
  EXPECT_EQ(ends.answered, static_cast<int>(all_calls));
}

// The old server had them all, and answers none; the retries' budget would let 100 of them go at once.
TEST_P(Restart, HoldsNoCallBackThatTheOldServerLost) {
  const bool http_2 = GetParam() == HttpVersion::http_2;
  constexpr int calls = 400;
  std::atomic<int> lost = 0, held_back = 0;
  auto with = options(5);
  with.max_connections = calls;
  with.on_retry = [&](const ErrorInfo& why, std::chrono::nanoseconds wait) {
    if (why.attempts != 1 || why.kind != ErrorKind::connect) return;
    ++lost;
    const bool longer_than_its_own_backoff = wait > std::chrono::milliseconds(500);
    held_back += longer_than_its_own_backoff ? 1 : 0;
  };
  std::atomic<int> there = 0;
  const auto never = [&](Http2Connection&, const Http2Server::Incoming&) { ++there; };
  std::optional<Peer> peer(std::in_place, http_2 ? http2(never) : stalling());
  const auto port = peer->port();
  const Client client(with);
  const auto model = model_on(client, *peer);
  for (int i = 0; i < calls; ++i) {
    model.async_outcome("prompt", [this](const Outcome<Response>& outcome) { ends.count(outcome); });
  }
  ASSERT_TRUE(http_2 || has_requests(*peer, calls));
  while (http_2 && there < calls) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  peer.reset();
  PeerOptions same_port;
  same_port.port = port;
  peer.emplace(script(), same_port);
  EXPECT_TRUE(ends.reach(calls));
  EXPECT_EQ(ends.answered, calls);
  EXPECT_GT(lost, 300);
  EXPECT_EQ(held_back, 0);
}

TEST_P(Restart, EndsEveryCallThatMayNot) {
  run(options(0));
  EXPECT_GE(ends.answered, 1);
  EXPECT_EQ(ends.cancelled, 0);
}

}  // namespace
}  // namespace headway::test
