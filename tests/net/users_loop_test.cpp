// Clients on the user's own loop: the end of the client, and the end of the loop.

#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/strand.hpp>

#include "in_flight.hpp"

namespace headway::test {
namespace {

using namespace std::chrono_literals;

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

TEST_F(LoopsEnd, CancelsCallsOfAClientElsewhere) {
  Peer peer([](Conversation& conversation) {
    while (const auto request = conversation.read_request()) {
      if (prompt_of(*request) != "quick") return void(conversation.wait_closed());
      conversation.send(echo_reply(*request));
    }
  });
  const auto model = model_at(peer);
  for (int i = 0; i < 5; ++i) {
    model.async_outcome("hello", boost::asio::bind_executor(*loop, [token = token](const Outcome<Response>&) {}));
    boost::asio::co_spawn(*loop, ask(model, token), boost::asio::detached);
  }
  EXPECT_TRUE(test::run_until(*loop, [&] { return peer.request_count() == 10; }));
  loop.reset();
  EXPECT_EQ(token.use_count(), 1);
  EXPECT_TRUE(all_closed(peer));
  EXPECT_EQ(model.invoke("quick"), "echo: quick");
}

TEST_F(LoopsEnd, MayComeWhileCallsAreCompleted) {
  Peer peer(echo());
  const auto model = model_at(peer);
  for (int round = 0; round < 50; ++round) {
    boost::asio::io_context brief(1);
    for (int i = 0; i < 5; ++i) boost::asio::co_spawn(brief, ask(model, token), boost::asio::detached);
    brief.run_one_for(5ms);
    while (brief.poll_one() > 0 && *token == 0) {
    }
    *token = 0;
  }
  EXPECT_EQ(token.use_count(), 1);
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
