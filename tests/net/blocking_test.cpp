// Where blocking is refused because it would wait for itself, and where it is fine.

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
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
