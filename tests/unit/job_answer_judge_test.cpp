#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include <headway/error.hpp>

#include "job/answer/judge.hpp"

namespace headway::job {
namespace {

constexpr std::string_view chat = "/v1/chat/completions";

Expectation wanting(Expectation::Wanted wanted) {
  Expectation expectation;
  expectation.wanted = wanted;
  return expectation;
}

Choice choice(std::string text, Ending ending = Ending::stop) {
  Choice choice;
  choice.text = std::move(text);
  choice.ending = ending;
  choice.finish_reason = to_string(ending);
  return choice;
}

Choice tool_calls() {
  auto calls = choice("", Ending::tool_calls);
  calls.has_more_than_text = true;
  return calls;
}

Judgement judged(const Choice& only, const Expectation& expectation = Expectation()) {
  return judge(chat, {only}, expectation);
}

TEST(Judge, TellsWhatCannotBeUsed) {
  const std::pair<Choice, Verdict> cases[] = {
      {choice("Once upon", Ending::length), Verdict::cut},
      {choice("", Ending::length), Verdict::cut},
      {choice("Once", Ending::filtered), Verdict::filtered},
      {choice("I cannot", Ending::refused), Verdict::refused},
      {choice("Once", Ending::unknown), Verdict::unknown_end},
      {choice("Once", Ending::failed), Verdict::unknown_end},
      {choice(""), Verdict::empty},
      {choice(" \n"), Verdict::empty},
      {choice("", Ending::tool_calls), Verdict::empty},
      {tool_calls(), Verdict::usable},
      {choice("a"), Verdict::usable},
      {choice("a", Ending::tool_calls), Verdict::usable},
  };
  for (const auto& [only, verdict] : cases) {
    const auto judgement = judged(only);
    EXPECT_EQ(judgement.verdict, verdict) << only.text << judgement.detail;
    EXPECT_EQ(judgement.detail.empty(), verdict == Verdict::usable);
  }
}

TEST(Judge, NamesAnEndThatNobodyKnows) {
  auto odd = choice("a", Ending::unknown);
  odd.finish_reason = "made_up\n";
  const auto judgement = judged(odd);
  EXPECT_EQ(judgement.detail, "it ended with \"made_up\", which is no end that headway knows");
  EXPECT_TRUE(wanting(Expectation::Wanted::text).refuses(judgement.verdict));
  EXPECT_EQ(to_string(judgement.verdict), "unknown_end");
}

TEST(Judge, SaysWhichOfSeveralCannotBeUsed) {
  const auto judgement = judge(chat, {choice("a"), choice("b", Ending::length)}, Expectation());
  EXPECT_EQ(judgement.verdict, Verdict::cut);
  EXPECT_TRUE(judgement.detail.starts_with("choice 2 of 2: ")) << judgement.detail;
}

TEST(Judge, WantsNoTextOfEmbeddings) {
  Choice vector;
  vector.has_more_than_text = true;
  EXPECT_EQ(judge("/v1/embeddings", {vector}, wanting(Expectation::Wanted::json)).verdict, Verdict::usable);
  EXPECT_EQ(judge("/v1/embeddings", {Choice()}, Expectation()).verdict, Verdict::empty);
  EXPECT_FALSE(has_text("/v1/embeddings"));
  EXPECT_TRUE(has_text(chat));
}

TEST(Judge, HalfASurrogatePairIsJsonToo) {
  EXPECT_EQ(judged(choice(R"({"a": "\ud83d"})"), wanting(Expectation::Wanted::json)).verdict, Verdict::usable);
}

TEST(Judge, HoldsTextsAgainstTheExpectation) {
  const auto json = wanting(Expectation::Wanted::json);
  EXPECT_EQ(judged(choice(" {\"a\": [1]} \n"), json).verdict, Verdict::usable);
  EXPECT_EQ(judged(choice("42"), json).verdict, Verdict::usable);
  for (const auto* text : {"Sure: {}", R"({"a": 1} {})", R"({"a": )", "nope", R"({'a': 1})"}) {
    const auto answer = judged(choice(text), json);
    EXPECT_EQ(answer.verdict, Verdict::not_json) << text;
    EXPECT_TRUE(json.refuses(answer.verdict));
    EXPECT_EQ(answer.detail.find("Sure"), std::string::npos);
  }
  EXPECT_EQ(judged(choice("{}", Ending::length), json).verdict, Verdict::cut);
  EXPECT_EQ(judged(tool_calls(), json).verdict, Verdict::not_json);
}

TEST(Judge, TakesAFenceOnlyWhereItIsTakenOff) {
  auto json = wanting(Expectation::Wanted::json);
  const auto fenced = choice("```json\n{\"a\": 1}\n```\n");
  const auto strict = judged(fenced, json);
  EXPECT_EQ(strict.verdict, Verdict::not_json);
  EXPECT_NE(strict.detail.find("fence"), std::string::npos);
  json.fence_allowed = true;
  EXPECT_EQ(judged(fenced, json).verdict, Verdict::usable);
  EXPECT_EQ(judged(choice("```\n[]\n```"), json).verdict, Verdict::usable);
  EXPECT_EQ(judged(choice("Here: ```json\n[]\n```"), json).verdict, Verdict::not_json);
  EXPECT_EQ(judged(choice("```"), json).verdict, Verdict::not_json);
  EXPECT_EQ(judged(choice("``````"), json).verdict, Verdict::not_json);
}

TEST(Judge, HoldsJsonAgainstASchema) {
  auto expectation = wanting(Expectation::Wanted::json);
  expectation.schema.emplace(R"({"properties": {"a": {"type": "integer"}}})", "s.json");
  EXPECT_EQ(judged(choice(R"({"a": 1})"), expectation).verdict, Verdict::usable);
  const auto answer = judged(choice(R"({"a": "x"})"), expectation);
  EXPECT_EQ(answer.verdict, Verdict::not_valid);
  EXPECT_NE(answer.detail.find("at /a: "), std::string::npos) << answer.detail;
}

/// One that takes all steps of a text that is not as it says.
Expectation dear() {
  auto expectation = wanting(Expectation::Wanted::json);
  expectation.schema.emplace(R"x({"pattern": "^([A-Za-z]+\\s?)+$"})x", "s.json");
  return expectation;
}

const std::string long_way = R"("One sentence of some words that ends with what the pattern does not have!")";

TEST(Judge, WhatTakesTooManyStepsIsNotValid) {
  const auto judgement = judged(choice(long_way), dear());
  EXPECT_EQ(judgement.verdict, Verdict::not_valid);
  EXPECT_EQ(judgement.detail.find("judging it takes more than 3000000 steps"), 0U) << judgement.detail;
}

TEST(Judge, SaysQuicklyWhatIsQuicklySaid) {
  EXPECT_EQ(judge_quickly(chat, {choice(R"("a b")")}, dear())->verdict, Verdict::usable);
  EXPECT_EQ(judge_quickly(chat, {choice(R"("1")")}, dear())->verdict, Verdict::not_valid);
  EXPECT_EQ(judge_quickly(chat, {choice("nope")}, dear())->verdict, Verdict::not_json);
  EXPECT_FALSE(judge_quickly(chat, {choice(R"("a")"), choice(long_way)}, dear()));
  const std::string text(100'000, 'x');
  EXPECT_TRUE(judge_quickly(chat, {choice(text)}, Expectation()));
  EXPECT_TRUE(judge_quickly(chat, {choice(text)}, wanting(Expectation::Wanted::text)));
  EXPECT_FALSE(judge_quickly(chat, {choice('"' + text + '"')}, wanting(Expectation::Wanted::json))) << "it is long";
}

TEST(Judge, InHasteSaysWhatWasNotJudged) {
  EXPECT_EQ(judge_in_haste(chat, {choice(R"("a b")")}, dear()).verdict, Verdict::usable);
  const auto judgement = judge_in_haste(chat, {choice("\"a\""), choice(long_way)}, dear());
  EXPECT_EQ(judgement.verdict, Verdict::not_valid);
  EXPECT_NE(judgement.detail.find("was not judged"), std::string::npos) << judgement.detail;
}

TEST(Expectations, ComeFromASetting) {
  EXPECT_EQ(expectation_of("").wanted, Expectation::Wanted::anything);
  EXPECT_EQ(expectation_of("text").wanted, Expectation::Wanted::text);
  EXPECT_EQ(expectation_of("json").wanted, Expectation::Wanted::json);
  EXPECT_THROW(expectation_of("xml"), Error);
  EXPECT_THROW(expectation_of("@/nowhere/s.json"), Error);
  EXPECT_FALSE(expectation_of("").refuses(Verdict::cut));
  EXPECT_TRUE(expectation_of("text").refuses(Verdict::cut));
  EXPECT_FALSE(expectation_of("text").refuses(Verdict::usable));
}

TEST(Judge, ALabelIsOneOfTheChoicesBesidesBlanks) {
  auto expectation = wanting(Expectation::Wanted::text);
  expectation.choices = choices_of(" good, bad,not sure");
  EXPECT_EQ(expectation.choices, (std::vector<std::string>{"good", "bad", "not sure"}));
  for (const auto* text : {"good", " good\n", "\tnot sure "}) {
    EXPECT_EQ(judged(choice(text), expectation).verdict, Verdict::usable) << text;
  }
  for (const auto* text : {"Good", "good.", "goo", "good bad", "not  sure", "PRIVATE"}) {
    const auto judgement = judged(choice(text), expectation);
    EXPECT_EQ(judgement.verdict, Verdict::not_a_choice) << text;
    EXPECT_EQ(judgement.detail.find(text), std::string::npos) << "an answer is not repeated";
    EXPECT_TRUE(expectation.refuses(judgement.verdict));
  }
  EXPECT_EQ(judged(choice("good", Ending::length), expectation).verdict, Verdict::cut);
  EXPECT_EQ(judged(tool_calls(), expectation).verdict, Verdict::not_a_choice);
  EXPECT_EQ(choice_of(expectation, "bad "), 1U);
  EXPECT_EQ(choice_of(expectation, "worse"), std::nullopt);
}

TEST(Choices, AreLabelsThatDiffer) {
  EXPECT_EQ(choices_of("only").size(), 1U);
  for (const auto* bad : {"", " ", "a,", ",a", "a,,b", "a,b,a", "a, a "}) EXPECT_THROW(choices_of(bad), Error) << bad;
}

}  // namespace
}  // namespace headway::job
