// The end of clients with calls in flight: each handler is completed once, and nothing hangs.

#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/strand.hpp>

#include "model_at.hpp"

namespace headway::test {
namespace {

using namespace std::chrono_literals;

/// Counts how calls end, from any thread.
class Ends {
 public:
  auto handler() {
    return [this](const Outcome<Response>& outcome) { count(outcome); };
  }
  void count(const Outcome<Response>& outcome) {
    const bool by_cancelling = !outcome && outcome.error().kind() == ErrorKind::cancelled;
    ++(outcome ? answered : by_cancelling ? cancelled : failed);
  }
  int all() const { return answered + cancelled + failed; }
  bool reach(int total) const {
    const Stopwatch watch;
    while (all() < total && watch.seconds() < 20) std::this_thread::sleep_for(1ms);
    return all() == total;
  }

  std::atomic<int> answered = 0;
  std::atomic<int> cancelled = 0;
  std::atomic<int> failed = 0;
};

/// Calls wherever a call can be: with the server, in a backoff, waiting for a connection.
class InFlight {
 public:
  static constexpr int count = 40;

  InFlight()
      : peer([this](Conversation& conversation) {
          while (const auto request = conversation.read_request()) answer(conversation, prompt_of(*request));
        }) {}

  void start(const OpenAI& model) {
    model.async_outcome("busy", ends.handler());
    for (int i = 1; i < count; ++i) model.async_outcome("hello", ends.handler());
  }
  bool under_way() const { return has_requests(peer, connections + 1); }

  static ClientOptions options() {
    auto all = client_options();
    all.max_connections = connections;
    return all;
  }

  Peer peer;
  Ends ends;
  std::atomic<bool> released = false;  // the call "quick"

 private:
  static constexpr std::size_t connections = 8;

  void answer(Conversation& conversation, const std::string& prompt) {
    if (prompt == "busy") {
      conversation.send(reply(503, "", {{"retry-after", "60"}}));
    } else if (prompt == "quick") {
      while (!released && conversation.sleep(2ms)) {
      }
      conversation.send(completion_reply("quick"));
    } else {
      conversation.wait_closed();
    }
  }
};

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
    const Stopwatch watch;
    while (second == 0 && watch.seconds() < 20) std::this_thread::sleep_for(1ms);
  }
  EXPECT_EQ(second, 1);
}

class OnALoop : public testing::Test {
 protected:
  boost::asio::io_context loop{1};
};

TEST_F(OnALoop, CloseLetsItRunOut) {
  InFlight calls;
  const Client client(loop.get_executor(), InFlight::options());
  calls.start(model_on(client, calls.peer));
  ASSERT_TRUE(run_until(loop, [&] { return calls.peer.request_count() == 9; }));
  client.close();
  run_to_end(loop);
  EXPECT_EQ(calls.ends.cancelled, InFlight::count);
  EXPECT_TRUE(all_closed(calls.peer));
}

TEST_F(OnALoop, TheLastHandleCancelsEveryCallAndLetsItRunOut) {
  InFlight calls;
  calls.start(model_on(Client(loop.get_executor(), InFlight::options()), calls.peer));
  run_to_end(loop);
  EXPECT_EQ(calls.ends.cancelled, InFlight::count);
}

TEST_F(OnALoop, TheLastHandleMayGoInsideAHandler) {
  InFlight calls;
  auto model = std::make_unique<OpenAI>(model_on(Client(loop.get_executor(), InFlight::options()), calls.peer));
  const auto& only = *model;
  only.async_outcome("quick", [model = std::move(model)](const Outcome<Response>&) mutable { model.reset(); });
  calls.start(only);
  calls.released = true;
  run_to_end(loop);
  EXPECT_EQ(calls.ends.cancelled, InFlight::count);
}

TEST_F(OnALoop, IdleConnectionsLetItRunOutInTheEnd) {
  Peer peer(echo());
  auto options = client_options();
  options.keep_alive = 50ms;
  const Client client(loop.get_executor(), options);
  Ends ends;
  model_on(client, peer).async_outcome("hello", ends.handler());
  run_to_end(loop);
  EXPECT_EQ(ends.answered, 1);
}

TEST_F(OnALoop, CloseEndsTheLookupOfAName) {
  Ends ends;
  const Client client(loop.get_executor(), client_options());
  OpenAIOptions options;
  options.base_url = "https://no-such-host.invalid";
  options.api_key = test_key;
  OpenAI(options, client).async_outcome("hello", ends.handler());
  loop.poll();
  client.close();
  run_to_end(loop);
  EXPECT_EQ(ends.all(), 1);
}

TEST_F(OnALoop, ThatAnotherThreadRuns) {
  InFlight calls;
  auto model = std::make_unique<OpenAI>(model_on(Client(loop.get_executor(), InFlight::options()), calls.peer));
  calls.start(*model);
  std::thread other([&] { run_to_end(loop); });
  EXPECT_TRUE(calls.under_way());
  model.reset();
  other.join();
  EXPECT_EQ(calls.ends.cancelled, InFlight::count);
}

TEST_F(OnALoop, AHandlerThatThrowsCostsNoOtherItsEnd) {
  for (const bool on_a_strand : {false, true}) {
    Peer peer(stalling());
    const auto executor = on_a_strand ? boost::asio::any_io_executor(boost::asio::make_strand(loop))
                                      : boost::asio::any_io_executor(loop.get_executor());
    const Client client(executor, client_options());
    const auto model = model_on(client, peer);
    int ends = 0;
    for (int i = 0; i < 5; ++i) {
      model.async_outcome("hello", [&](const Outcome<Response>&) {
        ++ends;
        throw std::runtime_error("the user's own");
      });
    }
    ASSERT_TRUE(run_until(loop, [&] { return peer.request_count() == 5; }));
    client.close();
    while (!loop.stopped()) {
      try {
        loop.run_for(soon);
      } catch (const std::exception&) {
      }
    }
    EXPECT_EQ(ends, 5);
  }
}

class LoopsEnd : public testing::Test {
 protected:
  void run_until_under_way() {
    EXPECT_TRUE(run_until(*loop, [&] { return calls.peer.request_count() >= 9; }));
  }

  InFlight calls;
  std::optional<boost::asio::io_context> loop{std::in_place, 1};
  std::shared_ptr<int> token = std::make_shared<int>();
};

TEST_F(LoopsEnd, DestroysCallsInFlight) {
  {
    const auto model = model_on(Client(loop->get_executor(), InFlight::options()), calls.peer);
    calls.start(model);
    model.async_outcome("hello", [token = token](const Outcome<Response>&) { FAIL() << "the loop is gone"; });
    run_until_under_way();
  }
  loop.reset();
  EXPECT_EQ(token.use_count(), 1);
  EXPECT_EQ(calls.ends.all(), 0);
  EXPECT_TRUE(all_closed(calls.peer));
}

awaitable<void> ask(OpenAI model, std::shared_ptr<int> token) {
  co_await model.ainvoke("hello");
  *token = 1;
}

TEST_F(LoopsEnd, DestroysCoroutinesThatOwnTheirClient) {
  for (int i = 0; i < 20; ++i) {
    auto coroutine = ask(model_on(Client(loop->get_executor(), InFlight::options()), calls.peer), token);
    boost::asio::co_spawn(*loop, std::move(coroutine), boost::asio::detached);
  }
  run_until_under_way();
  loop.reset();
  EXPECT_EQ(token.use_count(), 1);
  EXPECT_TRUE(all_closed(calls.peer));
}

TEST_F(LoopsEnd, IsToldToFutures) {
  std::future<Response> future;
  {
    const auto model = model_on(Client(loop->get_executor(), InFlight::options()), calls.peer);
    calls.start(model);
    future = model.submit("hello");
    run_until_under_way();
  }
  loop.reset();
  EXPECT_EQ(ended(future).error().kind(), ErrorKind::cancelled);
}

}  // namespace
}  // namespace headway::test
