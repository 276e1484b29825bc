// Streamed answers for asynchronous code: who is told where, thousands at once, cancellation, the end of loops.

#include <atomic>
#include <thread>

#include <gtest/gtest.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>

#include <headway/headway.hpp>

#include "streamed.hpp"

namespace headway::test {
namespace {

using namespace std::chrono_literals;

awaitable<std::string> all_of(AsyncStream stream) {
  std::string text;
  while (auto chunk = co_await stream.next()) text += chunk->text;
  co_return text;
}

awaitable<std::string> ask(OpenAI model, std::string prompt) {
  co_return co_await all_of(model.astream(prompt));
}

/// Some chunks, and nothing after them until the client has gone.
Peer::Script unending() {
  return stalling(stream_head() + piece(delta("a") + delta("b")));
}

TEST(AsyncStreaming, GivesTheTextsInOrderThenReasonAndUsage) {
  Peer peer(streaming({"Hel", "lo"}));
  const auto model = model_at(peer);
  auto main = [&]() -> awaitable<void> {
    auto stream = model.astream("hi");
    std::vector<StreamChunk> chunks;
    while (auto chunk = co_await stream.next()) chunks.push_back(std::move(*chunk));
    EXPECT_EQ(chunks.size(), 4u);
    EXPECT_EQ(chunks.front().text, "Hel");
    EXPECT_EQ(chunks[2].finish_reason, "stop");
    EXPECT_EQ(chunks.back().usage.value().total_tokens, 12);
    EXPECT_FALSE(co_await stream.next()) << "the end stays the end";
  };
  run(main);
}

TEST(AsyncStreaming, ThrowsWhatWentWrongAndThrowsItAgain) {
  Peer peer(stalling(stream_head() + piece(delta("half")) + last_piece));
  const auto model = model_at(peer, without_retries());
  auto main = [&]() -> awaitable<void> {
    auto stream = model.astream("hi");
    const auto chunk = co_await stream.next();
    EXPECT_EQ(chunk.value().text, "half");
    for (int i = 0; i < 2; ++i) {
      ErrorKind kind{};
      try {
        co_await stream.next();
      } catch (const Error& error) {
        kind = error.kind();
      }
      EXPECT_EQ(kind, ErrorKind::incomplete);
    }
  };
  run(main);
}

TEST(AsyncStreaming, AWrongOptionIsThrownByNext) {
  Peer peer(streaming({"x"}));
  const auto model = model_at(peer);
  CallOptions options;
  options.extra_body = "no JSON";
  boost::asio::io_context loop(1);
  auto stream = model.astream("hi", options);
  auto ended = stream.async_next(boost::asio::use_future);
  EXPECT_EQ(thrown_by([&] { ended.get(); }).kind(), ErrorKind::configuration);
  EXPECT_EQ(thrown_by([&] { text_of(model.stream("hi", options)); }).kind(), ErrorKind::configuration);
}

// Each in turn, with whatever token.
class StreamTokens : public testing::Test {
 protected:
  /// Asks for the next until there is none; calls itself from its own handler.
  void listen(AsyncStream& stream) {
    const auto on = std::this_thread::get_id();
    asking = true;
    auto done = [this, &stream, on](std::exception_ptr error, std::optional<StreamChunk> chunk) {
      EXPECT_FALSE(asking) << "called from inside async_next";
      EXPECT_EQ(std::this_thread::get_id(), on);
      EXPECT_FALSE(error);
      if (!chunk) return void(ended = true);
      text += chunk->text;
      listen(stream);
    };
    stream.async_next(boost::asio::bind_executor(loop, std::move(done)));
    asking = false;
  }

  Peer peer{streaming({"a", "b", "c", "d"})};
  boost::asio::io_context loop{1};
  std::string text;
  bool asking = false;
  bool ended = false;
};

TEST_F(StreamTokens, HandlersRunOnTheirExecutorAndNeverInside) {
  const auto model = model_at(peer);
  auto stream = model.astream("hi");
  listen(stream);
  run_to_end(loop);
  EXPECT_TRUE(ended);
  EXPECT_EQ(text, "abcd");
}

TEST_F(StreamTokens, AndSoOnTheClientsOwnLoop) {
  const Client client(loop.get_executor(), client_options());
  const auto model = model_on(client, peer);
  auto stream = model.astream("hi");
  listen(stream);
  ASSERT_TRUE(run_until(loop, [&] { return ended; }));
  EXPECT_EQ(text, "abcd");
}

TEST_F(StreamTokens, AFutureWillDo) {
  auto stream = model_at(peer).astream("hi");
  while (const auto chunk = stream.async_next(boost::asio::use_future).get()) text += chunk->text;
  EXPECT_EQ(text, "abcd");
}

TEST_F(StreamTokens, ADeferredOneToo) {
  const auto model = model_at(peer);
  auto main = [&]() -> awaitable<void> {
    auto stream = model.astream("hi");
    auto first = stream.async_next(boost::asio::deferred);
    auto chunk = co_await std::move(first)(boost::asio::use_awaitable);
    while (chunk) {
      text += chunk->text;
      chunk = co_await stream.async_next(boost::asio::use_awaitable);
    }
  };
  run(main);
  EXPECT_EQ(text, "abcd");
}

TEST_F(StreamTokens, AHandlerWhoseExecutorIsNotKnownByType) {
  using Handler = boost::asio::any_completion_handler<void(std::exception_ptr, std::optional<StreamChunk>)>;
  auto stream = model_at(peer).astream("hi");
  const auto here = std::this_thread::get_id();
  for (bool more = true; more;) {
    std::optional<bool> told;
    auto done = [&](std::exception_ptr, std::optional<StreamChunk> chunk) {
      EXPECT_EQ(std::this_thread::get_id(), here);
      if (chunk) text += chunk->text;
      told = chunk.has_value();
    };
    stream.async_next(Handler(boost::asio::bind_executor(loop, done)));
    ASSERT_TRUE(run_until(loop, [&] { return told.has_value(); }));
    more = *told;
  }
  EXPECT_EQ(text, "abcd");
}

/// Streams that are all under way at once: each request is answered when all have come.
Peer::Script all_at_once(std::size_t count) {
  return [count](Conversation& conversation) {
    while (const auto request = conversation.read_request()) {
      if (!conversation.wait_for_requests(count)) return;
      conversation.send(stream_head());
      for (int i = 0; i < 10; ++i) conversation.send(piece(delta(prompt_of(*request))));
      conversation.send(piece(delta("", "stop") + done_event) + last_piece);
    }
  };
}

TEST(AsyncStreaming, TwoHundredAtOnceFromOneThread) {
  constexpr std::size_t count = 200;
  Peer peer(all_at_once(count));
  for (const bool own_thread : {false, true}) {
    boost::asio::io_context loop(1);
    std::optional<Client> client;
    if (own_thread) client.emplace(client_options());
    auto main = [&]() -> awaitable<void> {
      const auto model = model_on(client ? *client : Client(loop.get_executor(), client_options()), peer);
      std::vector<awaitable<std::string>> tasks;
      for (std::size_t i = 0; i < count; ++i) tasks.push_back(ask(model, std::to_string(i) + ";"));
      const auto texts = co_await gather(std::move(tasks));
      for (std::size_t i = 0; i < count; ++i) {
        std::string expected;
        for (int n = 0; n < 10; ++n) expected += std::to_string(i) + ";";
        EXPECT_EQ(texts[i], expected);
      }
    };
    boost::asio::co_spawn(loop, main,
                          [](const std::exception_ptr& error) { EXPECT_FALSE(error) << Error(error).what(); });
    run_to_end(loop);
  }
}

TEST(AsyncStreaming, ASlowReaderOnTheSameLoopSlowsItsOwnStreamOnly) {
  constexpr int pieces = 1000;  // of 16 KB: more than sockets have room for
  std::atomic<int> sent = 0;
  Peer peer([&](Conversation& conversation) {
    const auto request = conversation.read_request();
    if (!request) return;
    if (prompt_of(*request) == "quick") return void(conversation.send(streamed_reply({"ok"})));
    const auto large = piece(delta(std::string(16 << 10, 'x')));
    conversation.send(stream_head());
    while (sent < pieces && conversation.send(large)) ++sent;
    conversation.send(piece(done_event) + last_piece);
  });
  auto main = [&]() -> awaitable<void> {
    const auto model = model_on(Client((co_await boost::asio::this_coro::executor), client_options()), peer);
    auto slow = model.astream("slow");
    co_await slow.next();
    for (int i = 0; i < 20; ++i) EXPECT_EQ(co_await ask(model, "quick"), "ok");
    EXPECT_LT(sent, pieces);
    EXPECT_EQ((co_await all_of(std::move(slow))).size(), (pieces - 1u) << 14);
  };
  run(main);
}

/// With a client that has a thread of its own, or is on the caller's loop.
class StreamCancelling : public testing::TestWithParam<bool> {
 protected:
  OpenAI model() {
    if (!client) client.emplace(GetParam() ? Client(client_options()) : Client(loop.get_executor(), client_options()));
    return model_on(*client, peer);
  }
  auto keeping_end() {
    return boost::asio::bind_executor(loop, [this](std::exception_ptr error, std::optional<StreamChunk> chunk) {
      EXPECT_FALSE(ended) << "completed twice";
      ended = error ? Outcome<bool>(Error(error)) : Outcome<bool>(chunk.has_value());
    });
  }
  /// The next; it waits for what never comes if there is none.
  Outcome<bool> next(AsyncStream& stream) {
    ended.reset();
    stream.async_next(keeping_end());
    EXPECT_TRUE(run_until(loop, [&] { return ended.has_value(); }));
    return ended.value_or(Outcome<bool>());
  }
  void expect_cancelled() {
    ASSERT_TRUE(run_until(loop, [&] { return ended.has_value(); }));
    ASSERT_FALSE(*ended);
    EXPECT_EQ(ended->error().kind(), ErrorKind::cancelled);
    EXPECT_TRUE(run_until(loop, [&] { return peer.open_connections() == 0; }));
  }
  void TearDown() override {
    if (client) client->close();
    run_to_end(loop);
  }

  Peer peer{unending()};
  boost::asio::io_context loop{1};
  boost::asio::cancellation_signal signal;
  std::optional<Client> client;
  std::optional<Outcome<bool>> ended;
};

INSTANTIATE_TEST_SUITE_P(OwnThread, StreamCancelling, testing::Bool());

TEST_P(StreamCancelling, ANextEndsTheStream) {
  auto stream = model().astream("hi");
  EXPECT_TRUE(next(stream).value());
  EXPECT_TRUE(next(stream).value());
  ended.reset();
  stream.async_next(boost::asio::bind_cancellation_slot(signal.slot(), keeping_end()));
  boost::asio::post(loop, [&] { signal.emit(boost::asio::cancellation_type::terminal); });
  expect_cancelled();
  EXPECT_EQ(next(stream).error().kind(), ErrorKind::cancelled);
}

TEST_P(StreamCancelling, CancelEndsTheNextThatWaits) {
  auto stream = model().astream("hi");
  EXPECT_TRUE(next(stream).value());
  EXPECT_TRUE(next(stream).value());
  ended.reset();
  stream.async_next(keeping_end());
  stream.cancel();
  expect_cancelled();
}

TEST_P(StreamCancelling, CancelDropsWhatWasNotTaken) {
  auto stream = model().astream("hi");
  EXPECT_TRUE(next(stream).value());
  stream.cancel();
  EXPECT_EQ(next(stream).error().kind(), ErrorKind::cancelled);
  expect_cancelled();
}

TEST_P(StreamCancelling, CancelBeforeTheStart) {
  auto stream = model().astream("hi");
  stream.cancel();
  EXPECT_EQ(next(stream).error().kind(), ErrorKind::cancelled);
  EXPECT_EQ(peer.request_count(), 0u);
}

TEST_P(StreamCancelling, LeavingEarlyClosesItsConnection) {
  {
    auto stream = model().astream("hi");
    EXPECT_TRUE(next(stream).value());
  }
  EXPECT_TRUE(run_until(loop, [&] { return peer.open_connections() == 0; }));
}

TEST_P(StreamCancelling, LeavingEarlyEndsTheNextThatWaits) {
  {
    auto stream = model().astream("hi");
    EXPECT_TRUE(next(stream).value());
    EXPECT_TRUE(next(stream).value());
    ended.reset();
    stream.async_next(keeping_end());
  }
  expect_cancelled();
}

TEST_P(StreamCancelling, TheEndOfTheClientEndsTheStream) {
  auto stream = model().astream("hi");
  EXPECT_TRUE(next(stream).value());
  EXPECT_TRUE(next(stream).value());
  client->close();
  EXPECT_EQ(next(stream).error().kind(), ErrorKind::cancelled);
  expect_cancelled();
}

TEST_P(StreamCancelling, TheFirstFailureOfAGatherEndsTheOthers) {
  auto main = [](OpenAI asked, const Peer& asking) -> awaitable<void> {
    auto fail = [](const Peer& seen) -> awaitable<std::string> {
      boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
      while (seen.request_count() < 5) {
        timer.expires_after(1ms);
        co_await timer.async_wait(boost::asio::use_awaitable);
      }
      throw Error(ErrorKind::server, "test");
    };
    std::vector<awaitable<std::string>> tasks;
    for (int i = 0; i < 5; ++i) tasks.push_back(ask(asked, "hi"));
    tasks.push_back(fail(asking));
    co_await gather(std::move(tasks));
  };
  boost::asio::co_spawn(loop, main(model(), peer),
                        [&](std::exception_ptr error) { ended = Outcome<bool>(Error(error)); });
  ASSERT_TRUE(run_until(loop, [&] { return ended.has_value(); }));
  EXPECT_EQ(ended->error().kind(), ErrorKind::server);
  EXPECT_TRUE(run_until(loop, [&] { return peer.open_connections() == 0; }));
}

class StreamsAndLoops : public testing::Test {
 protected:
  /// Coroutines that own their streams, each waiting for its third chunk.
  void start(const OpenAI& model, int count) {
    for (int i = 0; i < count; ++i) {
      auto coroutine = [](AsyncStream stream, std::shared_ptr<int> counter) -> awaitable<void> {
        while (co_await stream.next()) ++*counter;
      };
      boost::asio::co_spawn(*loop, coroutine(model.astream("hi"), token), boost::asio::detached);
    }
    EXPECT_TRUE(run_until(*loop, [&] { return *token == 2 * count; }));
  }

  Peer peer{unending()};
  std::optional<boost::asio::io_context> loop{std::in_place, 1};
  std::shared_ptr<int> token = std::make_shared<int>();
};

TEST_F(StreamsAndLoops, TheLoopsEndDestroysThoseOfItsOwnClient) {
  start(model_on(Client(loop->get_executor(), client_options()), peer), 20);
  loop.reset();
  EXPECT_EQ(token.use_count(), 1);
  EXPECT_TRUE(all_closed(peer));
}

TEST_F(StreamsAndLoops, TheLoopsEndCancelsThoseOfAClientElsewhere) {
  const auto model = model_at(peer);
  start(model, 20);
  loop.reset();
  EXPECT_EQ(token.use_count(), 1);
  EXPECT_TRUE(all_closed(peer));
}

TEST_F(StreamsAndLoops, AStreamMayBeDestroyedAfterItsLoop) {
  CallOptions options;
  options.deadline = 1min;
  auto stream = model_on(Client(loop->get_executor(), client_options()), peer).astream("hi", options);
  int chunks = 0;
  stream.async_next([&](std::exception_ptr, std::optional<StreamChunk>) { ++chunks; });
  EXPECT_TRUE(run_until(*loop, [&] { return chunks == 1; }));
  loop.reset();
  EXPECT_TRUE(all_closed(peer));
}

TEST_F(StreamsAndLoops, TheLoopMayEndWhileAnOpenSocketIsGivenItsMoment) {
  Peer open(stalling(stream_head() + piece(delta("all") + done_event)));
  auto stream = model_on(Client(loop->get_executor(), client_options()), open).astream("hi");
  std::optional<bool> more;
  const auto told = [&](std::exception_ptr, std::optional<StreamChunk> chunk) { more = chunk.has_value(); };
  for (const bool expected : {true, false}) {
    more.reset();
    stream.async_next(told);
    EXPECT_TRUE(run_until(*loop, [&] { return more.has_value(); }));
    EXPECT_EQ(more, expected);
  }
  EXPECT_EQ(open.open_connections(), 1u);
  loop.reset();
  EXPECT_TRUE(all_closed(open));
}

TEST_F(StreamsAndLoops, TheLoopsEndIsToldToWhoBlocks) {
  auto stream = model_on(Client(loop->get_executor(), client_options()), peer).stream("hi");
  std::atomic<int> heard = 0;
  ErrorKind kind{};
  std::thread reader([&] {
    kind = thrown_by([&] {
             for (auto chunk = stream.begin(); chunk != stream.end(); ++chunk) ++heard;
           }).kind();
  });
  EXPECT_TRUE(run_until(*loop, [&] { return heard == 2; }));
  loop.reset();
  reader.join();
  EXPECT_EQ(kind, ErrorKind::cancelled);
}

TEST_F(StreamsAndLoops, BlockingOnTheClientsOwnLoopIsRefused) {
  const auto model = model_on(Client(loop->get_executor(), client_options()), peer);
  std::optional<ErrorKind> kind;
  boost::asio::post(*loop, [&] { kind = thrown_by([&] { text_of(model.stream("hi")); }).kind(); });
  EXPECT_TRUE(run_until(*loop, [&] { return kind.has_value(); }));
  EXPECT_EQ(kind, ErrorKind::configuration);
  EXPECT_EQ(peer.request_count(), 0u);
}

}  // namespace
}  // namespace headway::test
