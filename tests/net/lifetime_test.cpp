// The end of clients with calls in flight: each handler is completed once, and nothing hangs.

#include <thread>

#include <gtest/gtest.h>

#include "in_flight.hpp"

namespace headway::test {
namespace {

using namespace std::chrono_literals;

TEST(ClientsEnd, CloseCancelsEveryCallOnce) {
  InFlight calls;
  const Client client(InFlight::options());
  const auto model = model_on(client, calls.peer);
  calls.start(model);
  ASSERT_TRUE(calls.under_way());
  EXPECT_EQ(calls.ends.all(), 0);
  client.close();
  EXPECT_TRUE(calls.ends.reach(InFlight::count));
  EXPECT_EQ(calls.ends.cancelled, InFlight::count);
  EXPECT_TRUE(all_closed(calls.peer));

  EXPECT_EQ(error_of(model).kind(), ErrorKind::cancelled) << "a call after close()";
  client.close();
  EXPECT_EQ(calls.ends.all(), InFlight::count);
}

TEST(ClientsEnd, TheLastHandleCancelsEveryCallOnce) {
  InFlight calls;
  {
    const auto model = model_at(calls.peer, InFlight::options());
    calls.start(model);
    ASSERT_TRUE(calls.under_way());
  }
  EXPECT_EQ(calls.ends.cancelled, InFlight::count) << "all of it before the destructor returned";
  EXPECT_EQ(calls.ends.all(), InFlight::count);
  EXPECT_TRUE(all_closed(calls.peer));
}

TEST(ClientsEnd, ACopyOfAModelKeepsItsCallsAlive) {
  Peer peer(echo(50ms));
  Ends ends;
  auto model = std::make_unique<OpenAI>(model_at(peer));
  const OpenAI copy = *model;
  model->async_outcome("hello", ends.handler());
  model.reset();
  EXPECT_TRUE(ends.reach(1));
  EXPECT_EQ(ends.answered, 1);
}

TEST(ClientsEnd, MayComeInsideAHandlerOnItsOwnThread) {
  InFlight calls;
  auto model = std::make_unique<OpenAI>(model_at(calls.peer, InFlight::options()));
  const auto& only = *model;
  std::promise<void> gone;
  only.async_outcome("quick", [&, model = std::move(model)](const Outcome<Response>& outcome) mutable {
    EXPECT_TRUE(outcome);
    model.reset();
    gone.set_value();
  });
  calls.start(only);
  ASSERT_TRUE(calls.under_way());
  calls.released = true;
  ASSERT_EQ(gone.get_future().wait_for(soon), std::future_status::ready);
  EXPECT_TRUE(calls.ends.reach(InFlight::count));
  EXPECT_EQ(calls.ends.cancelled, InFlight::count);
  EXPECT_TRUE(all_closed(calls.peer));
}

TEST(ClientsEnd, FuturesLearnOfIt) {
  Peer peer(stalling());
  std::vector<std::future<Response>> futures;
  {
    const auto model = model_at(peer);
    futures = submit_many(model, 5);
    ASSERT_TRUE(has_requests(peer, 5));
  }
  for (auto& future : futures) EXPECT_EQ(ended(future).error().kind(), ErrorKind::cancelled);
}

TEST(ClientsEnd, ThreadsThatBlockLearnOfIt) {
  Peer peer(echo());
  const Client client(client_options());
  const auto model = model_on(client, peer);
  std::atomic<int> cancelled = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 20; ++i) {
    threads.emplace_back([&] {
      while (true) {
        const auto outcome = outcome_of(model);
        if (outcome) continue;
        cancelled += outcome.error().kind() == ErrorKind::cancelled;
        return;
      }
    });
  }
  EXPECT_TRUE(has_requests(peer, 200));
  client.close();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(cancelled, 20);
}

TEST(ClientsEnd, CallsThatHandlersStartDuringItAreCancelledToo) {
  Peer peer(stalling());
  std::atomic<int> second = 0;
  {
    const Client client(client_options());
    const auto model = model_on(client, peer);
    model.async_outcome("first", [&](const Outcome<Response>&) {
      model.async_outcome("second", [&](const Outcome<Response>& outcome) {
        second += !outcome && outcome.error().kind() == ErrorKind::cancelled;
      });
    });
    ASSERT_TRUE(has_requests(peer, 1));
    client.close();
    EXPECT_TRUE(peer.wait_until([&] { return second == 1; }));
  }
  EXPECT_EQ(second, 1);
}

}  // namespace
}  // namespace headway::test
