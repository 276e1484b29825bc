// gather, as_completed and run over real calls.

#include <filesystem>

#include <gtest/gtest.h>

#include <headway/as_completed.hpp>
#include <headway/gather.hpp>
#include <headway/run.hpp>
#include <headway/thread_pool_executor.hpp>

#include "model_at.hpp"

namespace headway::test {
namespace {

using namespace std::chrono_literals;

/// On whatever client serves the thread: that of run, inside it.
OpenAI model_without_client(const Peer& peer) {
  OpenAIOptions options;
  options.base_url = peer.url("/v1");
  options.api_key = test_key;
  options.max_retries = 0;
  return OpenAI(options);
}

std::vector<awaitable<std::string>> tasks_for(const OpenAI& model, int count) {
  std::vector<awaitable<std::string>> tasks;
  for (int i = 0; i < count; ++i) tasks.push_back(model.ainvoke(std::to_string(i)));
  return tasks;
}

awaitable<void> gather_in_order(OpenAI model, int count) {
  auto tasks = tasks_for(model, count);
  const auto texts = co_await gather(std::move(tasks));
  for (int i = 0; i < count; ++i) EXPECT_EQ(texts.at(static_cast<std::size_t>(i)), echo_of(std::to_string(i)));
}

TEST(GatherCalls, OverlapAndKeepTheirOrder) {
  Peer peer([](Conversation& conversation) {
    const auto request = conversation.read_request();
    if (!request) return;
    EXPECT_TRUE(conversation.wait_for_requests(50));
    conversation.send(echo_reply(*request));
  });
  run(gather_in_order(model_without_client(peer), 50));
  EXPECT_EQ(peer.peak_in_progress(), 50u);
}

TEST(GatherCalls, OnAClientWithItsOwnThread) {
  Peer peer(echo());
  run(gather_in_order(model_at(peer), 200));
}

TEST(GatherCalls, ManyInOneRun) {
  Peer peer(echo());
  auto options = client_options();
  options.max_connections = 20;
  run(gather_in_order(model_at(peer, options), 2000));
  EXPECT_LE(peer.connections(), 20u);
}

awaitable<void> gather_lazily(OpenAI model, std::atomic<int>* made) {
  auto tasks = std::views::iota(0, 60) | std::views::transform([&](int i) {
                 ++*made;
                 return model.ainvoke(std::to_string(i));
               });
  const auto texts = co_await gather(std::move(tasks), GatherOptions{4});
  EXPECT_EQ(texts.size(), 60u);
}

TEST(GatherCalls, TheLimitIsSeenByTheServer) {
  std::atomic<int> made = 0;
  std::atomic<int> answered = 0;
  Peer peer([&](Conversation& conversation) {
    while (const auto request = conversation.read_request()) {
      conversation.wait_for_requests(4);
      EXPECT_LE(made, answered + 4);
      ++answered;
      conversation.send(echo_reply(*request));
    }
  });
  run(gather_lazily(model_without_client(peer), &made));
  EXPECT_LE(peer.peak_in_progress(), 4u);
  EXPECT_EQ(made, 60);
}

/// Refuses "1" when all three have come, and never answers the others.
void refuse_one(Conversation& conversation) {
  const auto request = conversation.read_request();
  if (!request) return;
  if (prompt_of(*request) != "1") return void(conversation.wait_closed());
  conversation.wait_for_requests(3);
  conversation.send(error_reply(403, "no", "t", "c"));
}

TEST(GatherCalls, TheFirstFailureIsThrownAndClosesTheRest) {
  Peer peer(refuse_one);
  const auto error = thrown_by([&] { run(gather_in_order(model_without_client(peer), 3)); });
  EXPECT_EQ(error.kind(), ErrorKind::permission);
  EXPECT_TRUE(all_closed(peer));
}

awaitable<void> outcomes_of_all(OpenAI model) {
  auto tasks = tasks_for(model, 3);
  const auto outcomes = co_await gather_outcomes(std::move(tasks));
  EXPECT_TRUE(outcomes.at(0));
  EXPECT_EQ(outcomes.at(1).error().kind(), ErrorKind::permission);
  EXPECT_TRUE(outcomes.at(2));
}

TEST(GatherCalls, OutcomesKeepAFailureAmongTheAnswers) {
  Peer peer([](Conversation& conversation) {
    while (const auto request = conversation.read_request()) {
      conversation.send(prompt_of(*request) == "1" ? error_reply(403, "no", "t", "c") : echo_reply(*request));
    }
  });
  run(outcomes_of_all(model_without_client(peer)));
}

awaitable<void> two_kinds(OpenAI model, ChatOpenAI chat) {
  const auto [text, response] = co_await gather(model.ainvoke("a"), chat.agenerate("b"));
  EXPECT_EQ(text, "echo: a");
  EXPECT_EQ(response.text(), "echo: b");
}

TEST(GatherCalls, OfTwoModelsOneByOne) {
  Peer peer(echo());
  run(two_kinds(model_at(peer), chat_at(peer)));
}

awaitable<void> take_in_order(OpenAI model, std::atomic<int>* taken) {
  auto tasks = tasks_for(model, 4);
  auto answers = as_completed(std::move(tasks));
  for (std::size_t due = 4; due-- > 0; ++*taken) {
    auto answer = co_await answers.next();
    EXPECT_EQ(answer->index, due);
    EXPECT_EQ(answer->outcome.value(), echo_of(std::to_string(due)));
  }
  EXPECT_FALSE(co_await answers.next());
}

TEST(AsCompletedCalls, TheQuickestComesFirst) {
  std::atomic<int> taken = 0;
  Peer peer([&](Conversation& conversation) {
    const auto request = conversation.read_request();
    if (!request) return;
    const int before = 3 - std::stoi(prompt_of(*request));  // the last is answered first
    while (taken < before && conversation.sleep(1ms)) {
    }
    conversation.send(echo_reply(*request));
  });
  run(take_in_order(model_without_client(peer), &taken));
}

awaitable<void> take_the_first(OpenAI model, const Peer* peer) {
  {
    auto tasks = tasks_for(model, 5);
    auto answers = as_completed(std::move(tasks));
    const auto first = co_await answers.next();
    EXPECT_EQ(first->index, 2u);
  }
  // Left early: the loop has to run for the rest to be closed.
  for (int i = 0; i < 1000 && peer->open_connections() > 1; ++i) co_await model.ainvoke("2");
}

TEST(AsCompletedCalls, LeavingEarlyClosesTheRest) {
  Peer peer([](Conversation& conversation) {
    while (const auto request = conversation.read_request()) {
      if (prompt_of(*request) != "2") return void(conversation.wait_closed());
      conversation.wait_for_requests(5);
      conversation.send(echo_reply(*request));
    }
  });
  run(take_the_first(model_without_client(peer), &peer));
  EXPECT_TRUE(all_closed(peer));
}

awaitable<void> take_one(OpenAI model) {
  auto tasks = tasks_for(model, 5);
  auto answers = as_completed(std::move(tasks));
  const auto first = co_await answers.next();
  EXPECT_TRUE(first->outcome);
}

TEST(AsCompletedCalls, LeavingARunEarlyIsSafeThoughTheClientLivesOn) {
  Peer peer(echo([](const Request& request) { return 1ms * (request.number % 5); }));
  const auto model = model_at(peer);
  for (int i = 0; i < 50; ++i) run(take_one(model));
  EXPECT_EQ(model.invoke("after"), "echo: after");
}

std::ptrdiff_t threads_of_this_process() {
  using std::filesystem::directory_iterator;
  return std::distance(directory_iterator("/proc/self/task"), directory_iterator());
}

TEST(Run, MakesItsCallsOnItsOwnLoopWithoutAnotherThread) {
  std::atomic<std::ptrdiff_t> during = 0;
  Peer peer([&](Conversation& conversation) {
    if (!conversation.read_request()) return;
    during = threads_of_this_process();
    conversation.send(completion_reply("hello"));
  });
  const auto before = threads_of_this_process();
  const auto model = model_without_client(peer);
  EXPECT_EQ(run(model.ainvoke("hi")), "hello");
  EXPECT_LE(during, before + 1) << "the peer's thread for the connection, and none of the client's";
  EXPECT_TRUE(all_closed(peer)) << "the connection goes with the loop";
}

TEST(Run, EachHasConnectionsOfItsOwn) {
  Peer peer(echo());
  const auto model = model_without_client(peer);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(run(model.ainvoke("hello")), "echo: hello");
  EXPECT_EQ(peer.connections(), 3u);
}

TEST(Run, ThrowsWhatTheCallThrows) {
  Peer peer(always(reply(401, "")));
  EXPECT_EQ(thrown_by([&] { run(model_without_client(peer).ainvoke("hi")); }).kind(), ErrorKind::authentication);
}

awaitable<void> run_inside(OpenAI model) {
  EXPECT_EQ(co_await model.ainvoke("outer"), "echo: outer");
  EXPECT_EQ(run(model.ainvoke("inner")), "echo: inner");
  EXPECT_EQ(co_await model.ainvoke("outer again"), "echo: outer again");
}

TEST(Run, MayBeInsideAnother) {
  Peer peer(echo());
  run(run_inside(model_without_client(peer)));
}

TEST(ThreadPoolCalls, TheArticlesSecondWay) {
  Peer peer([](Conversation& conversation) {
    const auto request = conversation.read_request();
    if (!request) return;
    EXPECT_TRUE(conversation.wait_for_requests(2)) << "the two calls overlap";
    conversation.send(echo_reply(*request));
  });
  const auto model = model_at(peer);
  ThreadPoolExecutor executor{2};
  auto first = executor.submit([&] { return model.invoke("first"); });
  auto second = executor.submit([&] { return model.invoke("second"); });
  EXPECT_EQ(first.get(), "echo: first");
  EXPECT_EQ(second.get(), "echo: second");
}

}  // namespace
}  // namespace headway::test
