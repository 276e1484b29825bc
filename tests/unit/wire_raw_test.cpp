#include "wire/raw.hpp"

#include <gtest/gtest.h>

#include <headway/error.hpp>

namespace headway::wire {
namespace {

RequestFacts request(std::string body) {
  const auto before = body;
  const auto facts = request_facts(body);
  EXPECT_EQ(body, before);
  return facts;
}

AnswerFacts answer(std::string body) {
  return answer_facts(body).value();
}

Error fault(std::string body) {
  return answer_facts(body).error();
}

TEST(RequestFacts, AreTheModelAndTheMostTokensOfTheAnswer) {
  EXPECT_EQ(request(R"({"model":"m","max_tokens":7})").model, "m");
  EXPECT_EQ(request(R"({"model":"m","max_tokens":7})").max_tokens, 7);
  EXPECT_EQ(request(R"({"max_completion_tokens":8})").max_tokens, 8);
  EXPECT_EQ(request(R"({"max_output_tokens":9})").max_tokens, 9);
}

TEST(RequestFacts, CountEveryAnswerThatIsAskedFor) {
  EXPECT_EQ(request(R"({"n":3,"max_tokens":10})").max_tokens, 30);
  EXPECT_EQ(request(R"({"n":9223372036854775807,"max_tokens":10})").max_tokens, INT64_MAX);
}

TEST(RequestFacts, AreNoneWhereTheBodySaysNone) {
  for (const auto* body : {"", "[]", "{", R"({"model":5,"max_tokens":"many"})", R"({"max_tokens":-1})", R"({"n":2})"}) {
    EXPECT_EQ(request(body).model, "") << body;
    EXPECT_EQ(request(body).max_tokens, std::nullopt) << body;
  }
}

TEST(AnswerFacts, AreUsageAndTier) {
  const auto chat = answer(R"({"usage":{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12,
      "prompt_tokens_details":{"cached_tokens":2}},"service_tier":"flex"})");
  EXPECT_EQ(chat.usage.prompt_tokens, 5);
  EXPECT_EQ(chat.usage.completion_tokens, 7);
  EXPECT_EQ(chat.usage.cached_tokens, 2);
  EXPECT_EQ(chat.service_tier, "flex");
}

TEST(AnswerFacts, OfResponsesHaveTheirOwnNames) {
  const auto response = answer(R"({"error":null,"usage":{"input_tokens":5,"input_tokens_details":{"cached_tokens":2},
      "output_tokens":7,"output_tokens_details":{"reasoning_tokens":3},"total_tokens":12}})");
  EXPECT_EQ(response.usage.prompt_tokens, 5);
  EXPECT_EQ(response.usage.cached_tokens, 2);
  EXPECT_EQ(response.usage.completion_tokens, 7);
  EXPECT_EQ(response.usage.reasoning_tokens, 3);
}

TEST(AnswerFacts, CountWhatIsACount) {
  const auto odd = answer(R"({"usage":{"prompt_tokens":3.0,"completion_tokens":-1,"total_tokens":-2.5,
      "prompt_tokens_details":{"cached_tokens":"2"}}})");
  EXPECT_EQ(odd.usage.prompt_tokens, 3);
  EXPECT_EQ(odd.usage.completion_tokens, 0);
  EXPECT_EQ(odd.usage.total_tokens, 0);
  EXPECT_EQ(odd.usage.cached_tokens, 0);
}

TEST(AnswerFacts, AreNothingWhereTheAnswerSaysNothing) {
  EXPECT_EQ(answer("{}").usage.total_tokens, 0);
  EXPECT_EQ(answer(R"({"usage":null})").service_tier, "");
}

TEST(AnswerFacts, OfWhatIsNoWholeAnswerAreAnError) {
  EXPECT_EQ(fault("").kind(), ErrorKind::protocol);
  EXPECT_EQ(fault(R"({"usage":{"prompt_tokens")").kind(), ErrorKind::protocol);
  EXPECT_EQ(fault(R"({"error":{"message":"no","code":"rate_limit_exceeded"}})").info().provider_code,
            "rate_limit_exceeded");
}

}  // namespace
}  // namespace headway::wire
