// ClientOptions::on_call_end: each call is told once, with what is known of it.

#include <gtest/gtest.h>

#include <mutex>
#include <vector>

#include <headway/call_end.hpp>

#include "model_at.hpp"

namespace headway::test {
namespace {

/// What was told, kept beyond the views' lives.
struct EndSeen {
  std::string operation, method, path, provider, model, tag;
  Usage usage;
  std::optional<double> cost;
  int attempts = 0;
  std::chrono::nanoseconds lasted{};
  std::optional<ErrorKind> error;
};

class EndsSeen {
 public:
  ClientOptions watch(ClientOptions options) {
    options.on_call_end = [this](const CallEnd& end) { take(end); };
    return options;
  }
  std::vector<EndSeen> all() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

 private:
  void take(const CallEnd& end) {
    EndSeen seen;
    seen.operation = end.operation;
    seen.method = end.method;
    seen.path = end.path;
    seen.provider = end.provider;
    seen.model = end.model;
    seen.tag = end.tag;
    seen.usage = end.usage;
    seen.cost = end.cost;
    seen.attempts = end.attempts;
    seen.lasted = end.times.total();
    if (end.error) seen.error = end.error->kind;
    const std::lock_guard lock(mutex_);
    seen_.push_back(std::move(seen));
  }

  mutable std::mutex mutex_;
  std::vector<EndSeen> seen_;
};

TEST(CallEnd, TellsWhatAGoodCallAskedUsedAndCost) {
  Peer peer(echo());
  EndsSeen ends;
  auto options = ends.watch(client_options());
  options.prices.in = 1;
  options.prices.out = 1;
  CallOptions tagged;
  tagged.tag = "mine";
  const auto answer = outcome_of(model_at(peer, options), "hello", tagged).value();
  ASSERT_EQ(ends.all().size(), 1u);
  const auto seen = ends.all().front();
  EXPECT_EQ(seen.operation, "text_completion");
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.path, "/v1/completions");
  EXPECT_EQ(seen.provider, "openai");
  EXPECT_FALSE(seen.model.empty());
  EXPECT_EQ(seen.tag, "mine");
  EXPECT_EQ(seen.usage.total_tokens, answer.usage.total_tokens);
  EXPECT_EQ(seen.cost, answer.cost);
  EXPECT_EQ(seen.attempts, 1);
  EXPECT_GT(seen.lasted.count(), 0);
  EXPECT_FALSE(seen.error);
}

TEST(CallEnd, TellsAFailureOnceWithAllItsAttempts) {
  Peer peer(always(error_reply(500, "busy", "t", "c", {{"retry-after-ms", "1"}})));
  EndsSeen ends;
  const auto error = error_of(model_at(peer, ends.watch(client_options())));
  ASSERT_EQ(ends.all().size(), 1u);
  const auto seen = ends.all().front();
  EXPECT_EQ(seen.error, error.kind());
  EXPECT_EQ(seen.attempts, error.info().attempts);
  EXPECT_EQ(seen.usage.total_tokens, 0);
  EXPECT_FALSE(seen.cost);
}

TEST(CallEnd, IsToldBeforeWhoeverAsked) {
  Peer peer(echo());
  EndsSeen ends;
  const auto model = model_at(peer, ends.watch(client_options()));
  auto calls = submit_many(model, 20);
  for (auto& call : calls) EXPECT_TRUE(ended(call).has_value());
  EXPECT_EQ(ends.all().size(), 20u);
}

TEST(CallEnd, TellsCallsThatAreCutOff) {
  Peer peer(stalling());
  EndsSeen ends;
  {
    const auto model = model_at(peer, ends.watch(client_options()));
    auto call = model.submit("hello");
    EXPECT_TRUE(has_requests(peer, 1));
  }
  ASSERT_EQ(ends.all().size(), 1u);
  EXPECT_EQ(ends.all().front().error, ErrorKind::cancelled);
}

}  // namespace
}  // namespace headway::test
