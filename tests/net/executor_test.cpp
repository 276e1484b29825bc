// On which thread calls run and complete, and what keeps a loop running.

#include <thread>

#include <gtest/gtest.h>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

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

}  // namespace
}  // namespace headway::test
