#include "wire/usage.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/price.hpp"
#include "wire/answer.hpp"

namespace headway::wire {
namespace {

Answer answer_with(const std::string& usage) {
  auto body = R"({"usage":)" + usage + "}";
  Answer answer;
  EXPECT_FALSE(read_answer(body, Form::other, answer)) << usage;
  return answer;
}

Usage charged(const std::string& usage) {
  return answer_with(usage).usage;
}

TEST(Charge, TakesTheLargestOfWhatMayBeMeantByTheAnswersTokens) {
  const std::pair<const char*, std::int64_t> cases[] = {
      {R"({"prompt_tokens":20,"completion_tokens":198,"total_tokens":623})", 603},
      {R"({"prompt_tokens":21,"completion_tokens":0,"total_tokens":81,"completion_tokens_details":{"reasoning_tokens":60}})",
       60},
      {R"({"prompt_tokens":32,"completion_tokens":9,"total_tokens":135,"completion_tokens_details":{"reasoning_tokens":94}})",
       103},
      {R"({"prompt_tokens":5,"completion_tokens":7,"total_tokens":12,"completion_tokens_details":{"reasoning_tokens":3}})",
       7},
      {R"({"prompt_tokens":5,"completion_tokens":7})", 7},
      {R"({"completion_tokens":7,"total_tokens":12})", 7},
      {R"({"input_tokens":5,"output_tokens":7,"total_tokens":12})", 7},
  };
  for (const auto& [usage, out] : cases) EXPECT_EQ(charged(usage).completion_tokens, out) << usage;
}

TEST(Charge, ASumAloneIsThePrompts) {
  EXPECT_EQ(charged(R"({"total_tokens":12})").prompt_tokens, 12);
  EXPECT_EQ(charged(R"({"completion_tokens":7,"total_tokens":12})").prompt_tokens, 5);
}

TEST(Charge, KnowsCachedTokensByAllTheirNames) {
  for (const char* more :
       {R"("prompt_tokens_details":{"cached_tokens":4})", R"("prompt_cache_hit_tokens":4,"prompt_cache_miss_tokens":6)",
        R"("cached_tokens":4)", R"("cache_read_input_tokens":4)"}) {
    const auto usage = charged(std::string(R"({"prompt_tokens":10,"completion_tokens":1,)") + more + "}");
    EXPECT_EQ(usage.prompt_tokens, 10) << more;
    EXPECT_EQ(usage.cached_tokens, 4) << more;
  }
}

TEST(Charge, AnthropicsInputLeavesOutWhatWasCached) {
  const auto usage = charged(R"({"input_tokens":3,"cache_read_input_tokens":100,"cache_creation_input_tokens":50,
      "cache_creation":{"ephemeral_5m_input_tokens":30,"ephemeral_1h_input_tokens":20},"output_tokens":7})");
  EXPECT_EQ(usage.prompt_tokens, 153);
  EXPECT_EQ(usage.cached_tokens, 100);
  EXPECT_EQ(usage.cache_write_tokens, 50);
  EXPECT_EQ(usage.cache_write_1h_tokens, 20);
  EXPECT_EQ(usage.completion_tokens, 7);
  EXPECT_EQ(charged(R"({"input_tokens":30,"input_tokens_details":{"cache_write_tokens":20}})").prompt_tokens, 30);
}

TEST(Charge, WritesToTheCacheCostMore) {
  Price price;
  price.in = Money::of_dollars(1);
  price.cached_in = Money::of_dollars(0.1);
  Usage usage;
  usage.prompt_tokens = 100;
  usage.cached_tokens = 10;
  usage.cache_write_tokens = 50;
  usage.cache_write_1h_tokens = 20;
  EXPECT_EQ(cost_of(sensible(usage), price), Money::of_dollars(40 + 1 + 30 * 1.25 + 20 * 2));
  price.cache_write = Money::of_dollars(3);
  price.cache_write_1h = Money::of_dollars(4);
  EXPECT_EQ(cost_of(sensible(usage), price), Money::of_dollars(40 + 1 + 30 * 3 + 20 * 4));
}

TEST(Charge, HasTheProvidersOwnSum) {
  EXPECT_EQ(answer_with(R"({"prompt_tokens":1,"cost":0.25})").cost, Money::of_dollars(0.25));
  EXPECT_EQ(answer_with(R"({"prompt_tokens":1,"cost":{"input_tokens_cost":0.1,"total_cost":0.5}})").cost,
            Money::of_dollars(0.5));
  for (const char* cost : {"null", "\"1\"", "-1", "{}", "[]", "NaN"}) {
    EXPECT_FALSE(answer_with(std::string(R"({"prompt_tokens":1,"cost":)") + cost + "}").cost) << cost;
  }
}

}  // namespace
}  // namespace headway::wire
