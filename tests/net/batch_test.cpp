// Many prompts: order, limits, lazy reading, and no answer lost.

#include <algorithm>
#include <array>
#include <ranges>
#include <thread>

#include <gtest/gtest.h>

#include <headway/run.hpp>

#include "model_at.hpp"

namespace headway::test {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> numbered(std::size_t count) {
  std::vector<std::string> prompts;
  for (std::size_t i = 0; i < count; ++i) prompts.push_back("prompt " + std::to_string(i));
  return prompts;
}

std::vector<std::string> echoes_of(const std::vector<std::string>& prompts) {
  std::vector<std::string> echoes;
  for (const auto& prompt : prompts) echoes.push_back(echo_of(prompt));
  return echoes;
}

/// Refuses prompts that end in 3, and echoes the others, the later ones sooner.
void serve_all_but_threes(Conversation& conversation) {
  while (const auto request = conversation.read_request()) {
    const auto prompt = prompt_of(*request);
    conversation.sleep(std::chrono::milliseconds(prompt.ends_with('0') ? 30 : 1));
    conversation.send(prompt.ends_with('3') ? error_reply(400, "no threes", "t", "c") : echo_reply(*request));
  }
}

BatchOptions at_once(std::size_t count) {
  BatchOptions options;
  options.max_concurrency = count;
  return options;
}

TEST(Batch, GivesTheTextsInTheOrderOfThePrompts) {
  Peer peer(echo([](const Request& request) { return 1ms * (request.number % 7); }));
  const auto prompts = numbered(100);
  for (const std::size_t limit : std::array<std::size_t, 4>{1, 7, 50, 0}) {
    EXPECT_EQ(model_at(peer).batch(prompts, at_once(limit)), echoes_of(prompts));
  }
}

TEST(Batch, TakesAnyRangeOfWhatAPromptCanBeMadeOf) {
  Peer peer(echo());
  const auto model = model_at(peer);
  EXPECT_EQ(model.batch(std::vector<std::string>()), std::vector<std::string>());
  const auto literals = {"a", "b"};
  EXPECT_EQ(model.batch(literals), (std::vector<std::string>{"echo: a", "echo: b"}));
  auto made = std::views::iota(1, 4) | std::views::transform([](int i) { return std::to_string(i); });
  EXPECT_EQ(model.batch(made), (std::vector<std::string>{"echo: 1", "echo: 2", "echo: 3"}));
  const std::vector<std::vector<Message>> chats{{{"user", "hi"}}, {{"system", "be kind"}, {"user", "ho"}}};
  EXPECT_EQ(chat_at(peer).batch(chats), (std::vector<std::string>{"echo: hi", "echo: ho"}));
}

TEST(Batch, OneFailureLosesNothing) {
  Peer peer(serve_all_but_threes);
  const auto prompts = numbered(20);
  std::optional<BatchError> error;
  try {
    model_at(peer).batch(prompts, at_once(4));
  } catch (const BatchError& thrown) {
    error = thrown;
  }
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::bad_request);
  EXPECT_NE(std::string(error->what()).find("2 of 20 calls failed; the first, number 4"), std::string::npos)
      << error->what();
  ASSERT_EQ(error->outcomes().size(), 20u);
  for (std::size_t i = 0; i < 20; ++i) {
    const auto& outcome = error->outcomes()[i];
    EXPECT_EQ(outcome.has_value(), i % 10 != 3) << i;
    if (outcome) {
      EXPECT_EQ(outcome->text(), echo_of(prompts[i]));
    } else {
      EXPECT_EQ(outcome.error().info().provider_message, "no threes");
    }
  }
  EXPECT_EQ(peer.request_count(), 20u);
}

TEST(Batch, OutcomesThrowNothing) {
  Peer peer(serve_all_but_threes);
  const auto outcomes = model_at(peer).batch_outcomes(numbered(10));
  ASSERT_EQ(outcomes.size(), 10u);
  for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(outcomes[i].has_value(), i != 3) << i;
}

TEST(Batch, ItsLimitIsSeenByTheServer) {
  Peer peer([](Conversation& conversation) {
    while (const auto request = conversation.read_request()) {
      conversation.wait_for_requests(6);
      conversation.send(echo_reply(*request));
    }
  });
  model_at(peer).batch(numbered(60), at_once(6));
  EXPECT_EQ(peer.peak_in_progress(), 6u);
  EXPECT_EQ(peer.connections(), 6u);
}

TEST(Batch, ASlowCallHoldsBackNoOther) {
  Peer peer([](Conversation& conversation) {
    while (const auto request = conversation.read_request()) {
      // Answered only when all the others have come, by the one place that is left.
      if (prompt_of(*request) == "prompt 0") {
        EXPECT_TRUE(conversation.wait_for_requests(30));
      }
      conversation.send(echo_reply(*request));
    }
  });
  const auto prompts = numbered(30);
  EXPECT_EQ(model_at(peer).batch(prompts, at_once(2)), echoes_of(prompts));
}

TEST(Batch, ReadsItsPromptsLazily) {
  constexpr std::size_t limit = 3;
  std::atomic<std::size_t> read = 0;
  std::atomic<std::size_t> answered = 0;
  Peer peer([&](Conversation& conversation) {
    while (const auto request = conversation.read_request()) {
      conversation.wait_for_requests(limit);
      EXPECT_LE(read, answered + limit);
      ++answered;
      conversation.send(echo_reply(*request));
    }
  });
  auto prompts = std::views::iota(0, 100) | std::views::transform([&](int i) {
                   ++read;
                   return std::to_string(i);
                 });
  EXPECT_EQ(model_at(peer).batch(prompts, at_once(limit)).size(), 100u);
  EXPECT_EQ(read, 100u);
}

TEST(Batch, CallOptionsAreForEveryCall) {
  Peer peer(echo());
  CallOptions options;
  options.model = "the batch's";
  model_at(peer).batch(numbered(3), {}, options);
  for (const auto& request : peer.requests()) EXPECT_EQ(json_field(request.body, "model"), "the batch's");
}

TEST(Batch, MayRunOnManyThreadsOfOneModel) {
  Peer peer(echo());
  const auto model = model_at(peer);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { EXPECT_EQ(model.batch(numbered(50), at_once(5)), echoes_of(numbered(50))); });
  }
  for (auto& thread : threads) thread.join();
}

awaitable<void> batches(OpenAI model) {
  const auto prompts = numbered(10);
  const auto two = {"a", "b"};
  const auto texts = co_await model.abatch(two);
  EXPECT_EQ(texts, (std::vector<std::string>{"echo: a", "echo: b"}));
  const auto outcomes = co_await model.abatch_outcomes(prompts);
  EXPECT_EQ(std::ranges::count_if(outcomes, &Outcome<Response>::has_value), 9);
  try {
    co_await model.abatch(prompts, BatchOptions{2});
    ADD_FAILURE() << "nothing was thrown";
  } catch (const BatchError& error) {
    EXPECT_EQ(error.outcomes().size(), 10u);
  }
}

TEST(Batch, AsCoroutines) {
  Peer peer(serve_all_but_threes);
  run(batches(model_at(peer)));
}

}  // namespace
}  // namespace headway::test
