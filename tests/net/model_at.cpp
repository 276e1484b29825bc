#include "model_at.hpp"

#include <algorithm>
#include <utility>

#include <gtest/gtest.h>
#include <unistd.h>
#include <boost/asio/io_context.hpp>

namespace headway::test {
namespace {

/// Ends the program if a test takes too long: there is no other way out of a blocking call that never returns.
class Watchdog : public testing::EmptyTestEventListener {
  void OnTestStart(const testing::TestInfo&) override { ::alarm(600); }
};

const bool watching = [] {
  testing::UnitTest::GetInstance()->listeners().Append(new Watchdog);
  return true;
}();

}  // namespace

ClientOptions client_options() {
  ClientOptions options;
  options.proxy = "";
  options.timeouts.connect = soon;
  options.timeouts.total = soon;
  return options;
}

ClientOptions without_retries() {
  auto options = client_options();
  options.max_retries = 0;
  return options;
}

OpenAI model_at(const std::string& url, const ClientOptions& client) {
  OpenAIOptions options;
  options.base_url = url;
  options.api_key = test_key;
  options.model = "test-model";
  return OpenAI(options, Client(client));
}

OpenAI model_at(const Peer& peer, const ClientOptions& client) {
  return model_at(peer.url("/v1"), client);
}

OpenAI model_on(const Client& client, const Peer& peer) {
  OpenAIOptions options;
  options.base_url = peer.url("/v1");
  options.api_key = test_key;
  options.model = "test-model";
  return OpenAI(options, client);
}

ChatOpenAI chat_at(const Peer& peer, const ClientOptions& client) {
  ChatOpenAIOptions options;
  options.base_url = peer.url("/v1");
  options.api_key = test_key;
  options.model = "test-model";
  return ChatOpenAI(options, Client(client));
}

Outcome<Response> ended(std::future<Response>& future) {
  if (future.wait_for(soon) != std::future_status::ready) {
    ADD_FAILURE() << "a call does not end";
    return Error(ErrorKind::exception, "it did not end");
  }
  try {
    return future.get();
  } catch (...) {
    return Error(std::current_exception());
  }
}

Outcome<Response> outcome_of(const OpenAI& model, const std::string& prompt, const CallOptions& options) {
  auto future = model.submit(prompt, options);
  return ended(future);
}

Error error_of(const OpenAI& model, const std::string& prompt, const CallOptions& options) {
  const auto outcome = outcome_of(model, prompt, options);
  if (!outcome) return outcome.error();
  ADD_FAILURE() << "answered: " << outcome->text();
  return Error(ErrorKind::exception, "there was no error");
}

Error thrown_by(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  } catch (const std::exception& other) {
    ADD_FAILURE() << "not a headway::Error: " << other.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return Error(ErrorKind::exception, "there was no error");
}

std::vector<std::future<Response>> submit_many(const OpenAI& model, std::size_t count) {
  std::vector<std::future<Response>> futures;
  for (std::size_t i = 0; i < count; ++i) futures.push_back(model.submit("prompt " + std::to_string(i)));
  return futures;
}

Peer::Script in_turn(std::vector<std::string> responses) {
  return [responses = std::move(responses)](Conversation& conversation) {
    while (conversation.read_request()) {
      const auto turn = std::min(conversation.request_number(), responses.size());
      if (!conversation.send(responses[turn - 1])) return;
    }
  };
}

Peer::Script stalling(std::string bytes) {
  return [bytes = std::move(bytes)](Conversation& conversation) {
    conversation.read_request();
    conversation.send(bytes);
    conversation.wait_closed();
  };
}

bool all_closed(const Peer& peer) {
  return peer.wait_until([&] { return peer.open_connections() == 0; });
}

bool has_requests(const Peer& peer, std::size_t count) {
  return peer.wait_until([&] { return peer.request_count() >= count; }, soon);
}

bool run_until(boost::asio::io_context& loop, const std::function<bool()>& holds) {
  const auto end = std::chrono::steady_clock::now() + soon;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    loop.restart();
    loop.run_for(std::chrono::milliseconds(2));
  }
  return true;
}

void run_to_end(boost::asio::io_context& loop) {
  loop.restart();
  loop.run_for(soon);
  EXPECT_TRUE(loop.stopped()) << "the loop has work that does not end";
}

}  // namespace headway::test
