// Cancelling goes down to the socket, wherever the call is, and ends it once.

#include <gtest/gtest.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "model_at.hpp"

namespace headway::test {
namespace {

using namespace std::chrono_literals;
using boost::asio::cancellation_type;

/// With a client that has a thread of its own, or is on the caller's loop.
class Cancelling : public testing::TestWithParam<bool> {
 protected:
  void open_client(const ClientOptions& options = client_options()) {
    const bool own_thread = GetParam();
    client.emplace(own_thread ? Client(options) : Client(loop.get_executor(), options));
  }

  void start(const OpenAI& model) {
    auto done = [this](Outcome<Response> outcome) {
      EXPECT_FALSE(ended) << "completed twice";
      ended = std::move(outcome);
    };
    model.async_outcome(
        "hello", boost::asio::bind_cancellation_slot(signal.slot(), boost::asio::bind_executor(loop, std::move(done))));
  }

  bool run_until(const std::function<bool()>& holds) { return test::run_until(loop, holds); }
  /// Emits on the loop, where the slot lives.
  void emit(cancellation_type type = cancellation_type::terminal) {
    boost::asio::post(loop, [this, type] { signal.emit(type); });
  }
  void expect_cancelled() {
    ASSERT_TRUE(run_until([&] { return ended.has_value(); }));
    ASSERT_FALSE(*ended);
    EXPECT_EQ(ended->error().kind(), ErrorKind::cancelled);
  }
  /// A call that waits after this answer.
  void cancel_after(const std::string& response) {
    Peer peer(always(response));
    open_client();
    start(model_on(*client, peer));
    ASSERT_TRUE(run_until([&] { return peer.request_count() == 1; }));
    EXPECT_FALSE(ended);
    emit();
    expect_cancelled();
  }
  void TearDown() override {
    client->close();
    run_to_end(loop);
  }

  boost::asio::io_context loop{1};
  boost::asio::cancellation_signal signal;
  std::optional<Client> client;
  std::optional<Outcome<Response>> ended;
  int others_ended = 0;
};

INSTANTIATE_TEST_SUITE_P(OwnThread, Cancelling, testing::Bool());

TEST_P(Cancelling, ACallWithTheServerClosesItsConnection) {
  Peer peer(stalling());
  open_client();
  start(model_on(*client, peer));
  ASSERT_TRUE(run_until([&] { return peer.request_count() == 1; }));
  emit();
  expect_cancelled();
  EXPECT_TRUE(run_until([&] { return peer.open_connections() == 0; }));
  EXPECT_EQ(ended->error().info().attempts, 1);
}

TEST_P(Cancelling, ACallBeforeItHasBegun) {
  Peer peer(stalling());
  open_client();
  start(model_on(*client, peer));
  signal.emit(cancellation_type::terminal);
  expect_cancelled();
}

TEST_P(Cancelling, ACallThatConnects) {
  Peer peer([](Conversation& conversation) { conversation.wait_closed(); });  // no TLS server
  open_client();
  OpenAIOptions options;
  options.base_url = "https://127.0.0.1:" + std::to_string(peer.port());
  start(OpenAI(options, *client));
  ASSERT_TRUE(run_until([&] { return peer.connections() == 1; }));
  emit();
  expect_cancelled();
}

TEST_P(Cancelling, ACallThatWaitsForAConnection) {
  Peer peer(stalling());
  auto options = client_options();
  options.max_connections = 1;
  open_client(options);
  const auto model = model_on(*client, peer);
  model.async_outcome("first", boost::asio::bind_executor(loop, [this](Outcome<Response>) { ++others_ended; }));
  start(model);
  ASSERT_TRUE(run_until([&] { return peer.request_count() == 1; }));
  emit();
  expect_cancelled();
  EXPECT_EQ(others_ended, 0);
  EXPECT_EQ(peer.open_connections(), 1u);
}

TEST_P(Cancelling, ACallInABackoff) {
  cancel_after(reply(500, "", {{"retry-after", "60"}}));
}

TEST_P(Cancelling, ACallThatWaitsForALimit) {
  cancel_after(reply(429, "", {{"retry-after", "60"}}));
}

TEST_P(Cancelling, ARequestToAnyPath) {
  Peer peer(stalling());
  auto options = client_options();
  options.base_url = peer.url();
  open_client(options);
  auto done = [&](std::exception_ptr error, RawResponse) { ended = Outcome<Response>(Error(error)); };
  client->async_request(
      "/v1/any", "{}",
      boost::asio::bind_cancellation_slot(signal.slot(), boost::asio::bind_executor(loop, std::move(done))));
  ASSERT_TRUE(run_until([&] { return peer.request_count() == 1; }));
  emit();
  expect_cancelled();
  EXPECT_TRUE(run_until([&] { return peer.open_connections() == 0; }));
}

TEST_P(Cancelling, ACallThatHasEndedDoesNothing) {
  Peer peer(echo());
  open_client();
  start(model_on(*client, peer));
  ASSERT_TRUE(run_until([&] { return ended.has_value(); }));
  signal.emit(cancellation_type::terminal);
  ended.reset();
  start(model_on(*client, peer));  // the slot is free for the next
  ASSERT_TRUE(run_until([&] { return ended.has_value(); }));
  EXPECT_TRUE(*ended);
}

TEST_P(Cancelling, HeedsOnlyTheKindTerminal) {
  std::atomic<bool> released = false;
  Peer peer([&](Conversation& conversation) {
    conversation.read_request();
    while (!released && conversation.sleep(2ms)) {
    }
    conversation.send(completion_reply("answered"));
  });
  open_client();
  start(model_on(*client, peer));
  ASSERT_TRUE(run_until([&] { return peer.request_count() == 1; }));
  // These ask for the promise that nothing was done yet: a request cannot be taken back.
  emit(cancellation_type::total);
  emit(cancellation_type::partial);
  EXPECT_FALSE(peer.wait_until([&] { return loop.poll() > 0 && ended.has_value(); }, 50ms));
  released = true;
  ASSERT_TRUE(run_until([&] { return ended.has_value(); }));
  EXPECT_TRUE(*ended) << ended->error().what();
}

TEST_P(Cancelling, OneCallLeavesTheOthersAlone) {
  Peer peer([](Conversation& conversation) {
    const auto request = conversation.read_request();
    if (!request) return;
    if (prompt_of(*request) == "hello") return void(conversation.wait_closed());
    conversation.wait_for_requests(11);
    conversation.sleep(50ms);
    conversation.send(echo_reply(*request));
  });
  open_client();
  const auto model = model_on(*client, peer);
  for (int i = 0; i < 10; ++i) {
    model.async_outcome("other", boost::asio::bind_executor(loop, [this](Outcome<Response> outcome) {
                          EXPECT_TRUE(outcome);
                          ++others_ended;
                        }));
  }
  start(model);
  ASSERT_TRUE(run_until([&] { return peer.request_count() == 11; }));
  emit();
  expect_cancelled();
  EXPECT_TRUE(run_until([&] { return others_ended == 10; }));
}

awaitable<void> ask_all(OpenAI model, std::vector<std::string> prompts) {
  std::vector<awaitable<std::string>> tasks;
  for (const auto& prompt : prompts) tasks.push_back(model.ainvoke(prompt));
  co_await gather(std::move(tasks));
}

TEST_P(Cancelling, TheFirstFailureOfAGatherClosesTheConnectionsOfTheRest) {
  Peer peer([](Conversation& conversation) {
    const auto request = conversation.read_request();
    if (!request) return;
    if (prompt_of(*request) != "bad") return void(conversation.wait_closed());
    conversation.wait_for_requests(10);
    conversation.send(error_reply(400, "no", "t", "c"));
  });
  open_client();
  std::vector<std::string> prompts(9, "good");
  prompts.emplace_back("bad");
  std::exception_ptr thrown;
  auto done = [&](std::exception_ptr error) {
    thrown = std::move(error);
    ended = Outcome<Response>();
  };
  boost::asio::co_spawn(loop, ask_all(model_on(*client, peer), prompts), done);
  ASSERT_TRUE(run_until([&] { return ended.has_value(); }));
  EXPECT_EQ(Error(thrown).kind(), ErrorKind::bad_request);
  EXPECT_TRUE(run_until([&] { return peer.open_connections() <= 1; })) << "that of the failure may stay";
  EXPECT_EQ(peer.request_count(), 10u);
}

TEST_P(Cancelling, AGatherClosesAllConnections) {
  Peer peer(stalling());
  open_client();
  std::exception_ptr thrown;
  auto done = [&](std::exception_ptr error) {
    thrown = std::move(error);
    ended = Outcome<Response>();
  };
  boost::asio::co_spawn(loop, ask_all(model_on(*client, peer), std::vector<std::string>(10, "hello")),
                        boost::asio::bind_cancellation_slot(signal.slot(), done));
  ASSERT_TRUE(run_until([&] { return peer.request_count() == 10; }));
  emit();
  ASSERT_TRUE(run_until([&] { return ended.has_value(); }));
  EXPECT_EQ(Error(thrown).kind(), ErrorKind::cancelled);
  EXPECT_TRUE(run_until([&] { return peer.open_connections() == 0; }));
}

}  // namespace
}  // namespace headway::test
