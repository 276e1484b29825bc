#include "job/run/row_end.hpp"

#include <gtest/gtest.h>

#include "job/store/row_id.hpp"

namespace headway::job {
namespace {

Row ended_row() {
  Row row;
  row.number = 7;
  row.line = 9;
  row.custom_id = "a";
  row.path = "/v1/chat/completions";
  row.content_hash = 1;
  row.request_hash = 2;
  return row;
}

RawResponse chat_answer(const std::string& text, Ending ending = Ending::stop) {
  RawResponse response;
  response.status = 200;
  response.body = "{}";
  auto& choice = response.choices.emplace_back();
  choice.text = text;
  choice.finish_reason = to_string(ending);
  choice.ending = ending;
  response.usage.prompt_tokens = 5;
  response.cost = 0.25;
  response.attempts = 2;
  return response;
}

RowEnds ends(const std::string& expect = "") {
  return RowEnds(OutputForm(OutputSettings()), expectation_of(expect));
}

TEST(RowEnds, AnAnswerIsDone) {
  const auto record = ends().of(ended_row(), chat_answer("hi"));
  EXPECT_EQ(record.state, RowState::done);
  EXPECT_EQ(record.kind, "");
  EXPECT_EQ(record.number, 7u);
  EXPECT_EQ(record.line, 9u);
  EXPECT_EQ(record.id_hash, hash_of_id("a"));
  EXPECT_EQ(record.attempts, 2);
  EXPECT_EQ(record.usage.prompt_tokens, 5);
  EXPECT_EQ(record.cost, Money::of_dollars(0.25));
  EXPECT_NE(record.text.find(R"("custom_id": "a")"), std::string::npos) << record.text;
}

TEST(RowEnds, AnAnswerThatIsCutIsCountedAndIfAskedForAFailure) {
  const auto counted = ends().of(ended_row(), chat_answer("hi", Ending::length));
  EXPECT_EQ(counted.state, RowState::done);
  EXPECT_EQ(counted.verdict, Verdict::cut);
  const auto failed = ends("text").of(ended_row(), chat_answer("hi", Ending::length));
  EXPECT_EQ(failed.state, RowState::failed);
  EXPECT_EQ(failed.kind, "unusable");
  EXPECT_EQ(failed.cost, Money::of_dollars(0.25)) << "it was paid for";
}

TEST(RowEnds, WhatIsNoAnswerIsAFailureThatWasPaidFor) {
  ErrorInfo info;
  info.kind = ErrorKind::protocol;
  info.status = 200;
  info.body = R"({"hello":1})";
  info.usage.prompt_tokens = 5;
  info.cost = 0.25;
  const auto record = ends().of(ended_row(), Error(info));
  EXPECT_EQ(record.state, RowState::failed);
  EXPECT_EQ(record.kind, "protocol");
  EXPECT_EQ(record.status, 200);
  EXPECT_EQ(record.usage.prompt_tokens, 5);
  EXPECT_EQ(record.cost, Money::of_dollars(0.25));
  EXPECT_NE(record.text.find(R"("body": {"hello":1})"), std::string::npos) << record.text;
}

TEST(RowEnds, WhatHasNoPriceIsNotKnownToCostNothing) {
  auto response = chat_answer("hi");
  response.cost.reset();
  EXPECT_FALSE(ends().of(ended_row(), response).cost_known);
  response.cost = 0;
  EXPECT_TRUE(ends().of(ended_row(), response).cost_known);
}

TEST(RowEnds, AnErrorIsAFailure) {
  ErrorInfo info;
  info.kind = ErrorKind::timeout;
  info.attempts = 3;
  info.maybe_billed = true;
  const auto record = ends().of(ended_row(), Error(info));
  EXPECT_EQ(record.state, RowState::failed);
  EXPECT_EQ(record.kind, "timeout");
  EXPECT_EQ(record.attempts, 3);
  EXPECT_TRUE(record.maybe_billed);
}

TEST(RowEnds, ABadRowIsInvalid) {
  BadRow bad;
  bad.number = 3;
  bad.custom_id = "b";
  bad.reason = "no prompt";
  const auto record = ends().of(bad);
  EXPECT_EQ(record.state, RowState::invalid);
  EXPECT_EQ(record.request_hash, 0u);
  EXPECT_NE(record.text.find("no prompt"), std::string::npos);
}

TEST(RowEnds, ARowThatIsNotSentAgainSaysThatItMayHaveBeenBilled) {
  const auto record = ends().unsent(ended_row());
  EXPECT_EQ(record.kind, "maybe_sent");
  EXPECT_TRUE(record.maybe_billed);
}

}  // namespace
}  // namespace headway::job
