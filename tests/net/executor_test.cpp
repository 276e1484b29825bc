// On which thread calls run and complete, what keeps a loop running, and where blocking is refused.

#include <thread>

#include <gtest/gtest.h>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <headway/run.hpp>

#include "model_at.hpp"

namespace headway::test {
namespace {

using namespace std::chrono_literals;

TEST(Executor, OfTheHandlerIsWhereItCompletes) {
  Peer peer(echo());
  const auto model = model_at(peer);
  boost::asio::io_context loop(1);
  std::thread::id where;
  model.async_outcome("hello", boost::asio::bind_executor(loop, [&](const Outcome<Response>& outcome) {
                        EXPECT_TRUE(outcome);
                        where = std::this_thread::get_id();
                      }));
  EXPECT_TRUE(has_requests(peer, 1));
  EXPECT_EQ(where, std::thread::id()) << "completed on another thread";
  run_to_end(loop);
  EXPECT_EQ(where, std::this_thread::get_id());
}

TEST(Executor, OfTheHandlerHasWorkUntilTheCallIsDone) {
  Peer peer(echo(150ms));
  const auto model = model_at(peer);
  boost::asio::io_context loop(1);
  int ended = 0;
  for (int i = 0; i < 10; ++i) {
    model.async_outcome("hello", boost::asio::bind_executor(loop, [&](const Outcome<Response>&) { ++ended; }));
  }
  loop.run();
  EXPECT_EQ(ended, 10);
}

TEST(Executor, OfACallThatIsRefusedAtOnceIsTheHandlersToo) {
  Peer peer(echo());
  const auto model = model_at(peer);
  boost::asio::io_context loop(1);
  bool inside = true;
  bool ended = false;
  model.async_outcome("\xFF", boost::asio::bind_executor(loop, [&](const Outcome<Response>& outcome) {
                        EXPECT_FALSE(inside);
                        EXPECT_EQ(outcome.error().kind(), ErrorKind::configuration);
                        ended = true;
                      }));
  inside = false;
  run_to_end(loop);
  EXPECT_TRUE(ended);
  EXPECT_EQ(peer.connections(), 0u);
}

TEST(Executor, OfAHandlerWithoutOneIsTheClientsThread) {
  Peer peer(echo());
  const auto model = model_at(peer);
  std::promise<std::thread::id> where;
  model.async_outcome("hello", [&](const Outcome<Response>&) { where.set_value(std::this_thread::get_id()); });
  auto future = where.get_future();
  ASSERT_EQ(future.wait_for(soon), std::future_status::ready);
  EXPECT_NE(future.get(), std::this_thread::get_id());
}

TEST(Executor, OnTheUsersLoopAllIsDoneByItsThread) {
  Peer peer(echo());
  boost::asio::io_context loop(1);
  const Client client(loop.get_executor(), client_options());
  int ended = 0;
  bool inside = true;
  for (int i = 0; i < 20; ++i) {
    model_on(client, peer).async_outcome("hello", [&](const Outcome<Response>& outcome) {
      EXPECT_FALSE(inside);
      EXPECT_TRUE(outcome);
      ++ended;
    });
  }
  inside = false;
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(peer.connections(), 0u) << "somebody else runs it";
  ASSERT_TRUE(run_until(loop, [&] { return ended == 20; }));

  loop.restart();
  loop.run_for(20ms);
  EXPECT_FALSE(loop.stopped()) << "open connections are work";
  client.close();
  run_to_end(loop);
}

TEST(Executor, MayBeAStrandOfManyThreads) {
  Peer peer(echo());
  boost::asio::thread_pool pool(3);
  {
    const Client client(boost::asio::make_strand(pool), client_options());
    auto futures = submit_many(model_on(client, peer), 200);
    for (std::size_t i = 0; i < futures.size(); ++i) {
      const auto outcome = ended(futures[i]);
      ASSERT_TRUE(outcome) << outcome.error().what();
      EXPECT_EQ(outcome->text(), echo_of("prompt " + std::to_string(i)));
    }
  }
  pool.join();
}

/// What every blocking call does on this thread.
void expect_all_refused(const OpenAI& model, const Client& client) {
  const std::vector<std::string> prompts{"a", "b"};
  const std::function<void()> calls[] = {
      [&] { model.invoke("hello"); },         [&] { model.generate("hello"); },
      [&] { model.batch(prompts); },          [&] { (void)model.batch_outcomes(prompts); },
      [&] { client.request("/v1/x", "{}"); }, [&] { client.models(); },
  };
  for (const auto& call : calls) EXPECT_EQ(thrown_by(call).kind(), ErrorKind::configuration);
}

ClientOptions options_at(const Peer& peer) {
  auto options = client_options();
  options.base_url = peer.url("/v1");
  return options;
}

TEST(Blocking, IsRefusedInAHandlerOnTheClientsThread) {
  Peer peer(echo());
  const Client client(options_at(peer));
  const auto model = model_on(client, peer);
  std::promise<void> done;
  model.async_outcome("hello", [&](const Outcome<Response>&) {
    expect_all_refused(model, client);
    done.set_value();
  });
  EXPECT_EQ(done.get_future().wait_for(soon), std::future_status::ready);
  EXPECT_EQ(peer.request_count(), 1u);
}

awaitable<void> block_in_a_coroutine(OpenAI model, Client client, bool* done) {
  expect_all_refused(model, client);
  co_await model.ainvoke("hello");
  expect_all_refused(model, client);
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, 1ms);
  co_await timer.async_wait(boost::asio::use_awaitable);
  expect_all_refused(model, client);
  *done = true;
}

TEST(Blocking, IsRefusedInACoroutineOnTheClientsLoop) {
  Peer peer(echo());
  boost::asio::io_context loop(1);
  const Client client(loop.get_executor(), options_at(peer));
  bool done = false;
  auto rethrow = [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  };
  boost::asio::co_spawn(loop, block_in_a_coroutine(model_on(client, peer), client, &done), rethrow);
  EXPECT_TRUE(run_until(loop, [&] { return done; }));
  client.close();
  run_to_end(loop);
}

TEST(Blocking, IsRefusedOnTheClientsStrand) {
  Peer peer(echo());
  boost::asio::thread_pool pool(3);
  const auto strand = boost::asio::make_strand(pool);
  const Client client(strand, options_at(peer));
  bool done = false;
  for (int i = 0; i < 20; ++i) {
    auto ended = boost::asio::co_spawn(strand, block_in_a_coroutine(model_on(client, peer), client, &done),
                                       boost::asio::use_future);
    ASSERT_EQ(ended.wait_for(soon), std::future_status::ready);
    EXPECT_NO_THROW(ended.get());
  }
  EXPECT_TRUE(done);
  client.close();
  pool.join();
}

TEST(Blocking, IsFineOnAnotherThreadOfTheStrandsPool) {
  Peer peer(echo());
  boost::asio::thread_pool pool(3);
  {
    const Client client(boost::asio::make_strand(pool), client_options());
    const auto model = model_on(client, peer);
    for (int i = 0; i < 50; ++i) {
      auto text = boost::asio::post(pool, boost::asio::use_future([&] { return model.invoke("hello"); }));
      ASSERT_EQ(text.wait_for(soon), std::future_status::ready);
      EXPECT_EQ(text.get(), "echo: hello");
    }
  }
  pool.join();
}

TEST(Blocking, IsFineOnAnotherClientsThread) {
  Peer peer(echo());
  const auto first = model_at(peer);
  const auto second = model_at(peer);
  std::promise<std::string> text;
  first.async_outcome("hello", [&](const Outcome<Response>&) { text.set_value(second.invoke("from there")); });
  auto future = text.get_future();
  ASSERT_EQ(future.wait_for(soon), std::future_status::ready);
  EXPECT_EQ(future.get(), "echo: from there");
}

awaitable<void> block_in_run(OpenAI model) {
  EXPECT_EQ(model.invoke("alone"), "echo: alone");
  const std::vector<std::string> prompts{"a", "b", "c"};
  EXPECT_EQ(model.batch(prompts), (std::vector<std::string>{"echo: a", "echo: b", "echo: c"}));
  EXPECT_EQ(co_await model.ainvoke("after"), "echo: after");
}

// What a Python user would expect to hang the loop does hold it up, but only for so long.
TEST(Blocking, InsideRunHoldsTheLoopUpAndEnds) {
  Peer peer(echo());
  OpenAIOptions options;
  options.base_url = peer.url("/v1");
  run(block_in_run(OpenAI(options)));
}

}  // namespace
}  // namespace headway::test
