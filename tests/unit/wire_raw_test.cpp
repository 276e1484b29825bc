#include "wire/raw.hpp"

#include <gtest/gtest.h>

namespace headway::wire {
namespace {

RequestFacts request(std::string body) {
  const auto before = body;
  const auto facts = request_facts(body);
  EXPECT_EQ(body, before);
  return facts;
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
  EXPECT_EQ(request(R"({"n":3})").answers, 3);
  EXPECT_EQ(request(R"({"messages":[{},{}]})").answers, 1);
  EXPECT_EQ(request(R"({"n":-1,"prompt":"a"})").answers, 1);
  EXPECT_EQ(request(R"({"prompt":["a","b"],"n":2})").answers, 4);
  EXPECT_EQ(request(R"({"prompt":[[1,2],[3],[4]]})").answers, 3);
  EXPECT_EQ(request(R"({"prompt":[1,2,3]})").answers, 1) << "tokens of one prompt";
}

TEST(RequestFacts, AreNoneWhereTheBodySaysNone) {
  for (const auto* body : {"", "[]", "{", R"({"model":5,"max_tokens":"many"})", R"({"max_tokens":-1})", R"({"n":2})"}) {
    EXPECT_EQ(request(body).model, "") << body;
    EXPECT_EQ(request(body).max_tokens, std::nullopt) << body;
  }
}

}  // namespace
}  // namespace headway::wire
