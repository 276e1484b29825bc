#include "job/run/judging.hpp"

#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

namespace headway::job {
namespace {

RawResponse answer_with(std::string text) {
  RawResponse response;
  response.status = 200;
  response.body = "{}";
  auto& choice = response.choices.emplace_back();
  choice.text = std::move(text);
  choice.finish_reason = "stop";
  choice.ending = Ending::stop;
  return response;
}

RawResponse dear_answer() {
  return answer_with(R"("One sentence of some words that ends with what the pattern does not have!")");
}

class JudgingTest : public testing::Test {
 protected:
  /// As a run does: what is not quick goes to a thread.
  void came(const std::string& id, RawResponse response) {
    Row row;
    row.custom_id = id;
    row.path = "/v1/chat/completions";
    auto asked = std::make_shared<AskedRow>(std::move(row), 0);
    const Outcome<RawResponse> outcome(std::move(response));
    if (ends_->quickly(asked->row(), outcome)) return ended_.push_back(id);
    judging_.judge(std::move(asked), outcome, ends_, [this, id](Record record) {
      ended_.push_back(id);
      records_.push_back(std::move(record));
    });
  }

  /// The one thread there is does nothing else until gate_ is opened.
  void hold() {
    side_.run([this] { open_.wait(); }, [](const std::exception_ptr&) {});
  }

  boost::asio::io_context loop_{1};
  std::promise<void> gate_;
  std::shared_future<void> open_ = gate_.get_future().share();
  std::shared_ptr<const RowEnds> ends_ = std::make_shared<const RowEnds>(
      OutputForm(OutputSettings()), expectation_of(R"x({"pattern": "^([A-Za-z]+\\s?)+$"})x"));
  SideThreads side_{loop_.get_executor(), 1};
  Judging judging_{side_};
  std::vector<std::string> ended_;
  std::vector<Record> records_;
};

TEST_F(JudgingTest, OtherRowsEndWhileAnAnswerIsJudged) {
  hold();
  came("dear", dear_answer());
  came("cheap", answer_with(R"("a few words")"));
  EXPECT_EQ(ended_, (std::vector<std::string>{"cheap"}));
  EXPECT_EQ(judging_.waiting(), 1U);
  boost::asio::post(loop_, [&] {
    ended_.emplace_back("the loop");
    gate_.set_value();
  });
  loop_.run();
  EXPECT_EQ(ended_, (std::vector<std::string>{"cheap", "the loop", "dear"}));
  EXPECT_EQ(judging_.waiting(), 0U);
  ASSERT_EQ(records_.size(), 1U);
  EXPECT_EQ(records_[0].kind, "unusable");
  EXPECT_NE(records_[0].text.find("judging it takes more than 3000000 steps"), std::string::npos) << records_[0].text;
}

TEST_F(JudgingTest, WhatWaitsIsBounded) {
  hold();
  auto large = dear_answer();
  large.body = std::string(9 << 20, ' ');
  came("first", large);
  EXPECT_FALSE(judging_.full());
  came("second", large);
  EXPECT_TRUE(judging_.full());
  judging_.hurry();
  gate_.set_value();
  loop_.run();
  EXPECT_FALSE(judging_.full());
  for (int i = 0; i < 256; ++i) {
    EXPECT_FALSE(judging_.full());
    came("small", dear_answer());
  }
  EXPECT_TRUE(judging_.full());
  loop_.restart();
  loop_.run();
  EXPECT_FALSE(judging_.full());
}

TEST_F(JudgingTest, InHasteAnswersAreKeptUnjudged) {
  hold();
  came("one", dear_answer());
  came("two", dear_answer());
  judging_.hurry();
  gate_.set_value();
  loop_.run();
  ASSERT_EQ(records_.size(), 2U);
  for (const auto& record : records_) {
    EXPECT_EQ(record.kind, "unusable");
    EXPECT_NE(record.text.find("was not judged"), std::string::npos) << record.text;
  }
}

}  // namespace
}  // namespace headway::job
