#include "job/run/stop_rule.hpp"

#include <gtest/gtest.h>

namespace headway::job {
namespace {

Record done() {
  return Record();
}

Record failed(std::string kind, int status = 0) {
  Record record;
  record.state = RowState::failed;
  record.kind = std::move(kind);
  record.status = status;
  return record;
}

ErrorInfo error(ErrorKind kind) {
  ErrorInfo info;
  info.kind = kind;
  return info;
}

MaxFailures rows(std::uint64_t count) {
  MaxFailures most;
  most.rows = count;
  return most;
}

MaxFailures share(double of_all) {
  MaxFailures most;
  most.share = of_all;
  return most;
}

/// The number of the row that ends the run; 0: none does.
int ends_at(StopRule& rule, int count, const Record& record) {
  for (int row = 1; row <= count; ++row) {
    if (rule.ended(record)) return row;
  }
  return 0;
}

TEST(StopRule, AWrongKeyOrNoMoneyConcernsAllAtAnyTime) {
  StopRule rule(std::nullopt);
  rule.ended(done());
  EXPECT_TRUE(rule.concerns_all(error(ErrorKind::authentication)));
  EXPECT_TRUE(rule.concerns_all(error(ErrorKind::quota_exhausted)));
  EXPECT_FALSE(rule.concerns_all(error(ErrorKind::bad_request)));
  EXPECT_FALSE(rule.concerns_all(error(ErrorKind::timeout)));
}

TEST(StopRule, AMissingModelConcernsAllUntilSomethingCameThrough) {
  StopRule rule(std::nullopt);
  EXPECT_TRUE(rule.concerns_all(error(ErrorKind::not_found)));
  rule.ended(failed("bad_request", 400));
  EXPECT_TRUE(rule.concerns_all(error(ErrorKind::permission)));
  rule.ended(done());
  EXPECT_FALSE(rule.concerns_all(error(ErrorKind::not_found)));
  EXPECT_FALSE(rule.concerns_all(error(ErrorKind::permission)));
}

TEST(StopRule, AnAnswerThatIsStillJudgedHasComeThrough) {
  StopRule rule(std::nullopt);
  rule.answer_came();
  EXPECT_FALSE(rule.concerns_all(error(ErrorKind::not_found)));
}

TEST(StopRule, TwentyThatFailAlikeAtTheStartAreEnough) {
  StopRule rule(std::nullopt);
  EXPECT_EQ(ends_at(rule, 100, failed("bad_request", 400)), 20);
}

TEST(StopRule, OneThatDoesNotIsNot) {
  StopRule after_success(std::nullopt), other_status(std::nullopt), not_permanent(std::nullopt);
  after_success.ended(done());
  EXPECT_EQ(ends_at(after_success, 100, failed("bad_request", 400)), 0);
  other_status.ended(failed("bad_request", 413));
  EXPECT_EQ(ends_at(other_status, 100, failed("bad_request", 400)), 0);
  EXPECT_EQ(ends_at(not_permanent, 100, failed("timeout")), 0);
}

TEST(StopRule, AModelThatGoesInTheMiddleStopsTheRun) {
  StopRule rule(std::nullopt);
  rule.ended(done());
  EXPECT_EQ(ends_at(rule, 100, failed("not_found", 404)), 20);
  EXPECT_TRUE(rule.concerns_all(error(ErrorKind::not_found))) << "those in flight stay unfinished";
}

TEST(StopRule, AMissingModelNowAndThenIsTheRowsOwn) {
  StopRule rule(std::nullopt), bounded(share(0.9));
  for (int row = 1; row <= 1000; ++row) {
    EXPECT_FALSE(rule.ended(row % 20 == 1 ? done() : failed("permission", 403))) << row;
  }
  EXPECT_FALSE(rule.concerns_all(error(ErrorKind::permission)));
  bounded.ended(done());
  EXPECT_EQ(ends_at(bounded, 50, failed("not_found", 404)), 0) << "who sets a bound is given it";
}

TEST(StopRule, InvalidRowsAreNoFailures) {
  Record invalid = failed("invalid");
  invalid.state = RowState::invalid;
  StopRule rule(rows(0));
  EXPECT_EQ(ends_at(rule, 100, invalid), 0);
}

TEST(StopRule, SoManyMayFailAndNoMore) {
  StopRule rule(rows(5));
  EXPECT_EQ(ends_at(rule, 100, failed("timeout")), 6);
  StopRule none(rows(0));
  EXPECT_EQ(ends_at(none, 100, failed("bad_request", 400)), 1);
}

TEST(StopRule, AShareCountsFromTheHundredthRowOn) {
  StopRule rule(share(0.5));
  EXPECT_EQ(ends_at(rule, 99, failed("timeout")), 0);
  EXPECT_TRUE(rule.ended(failed("timeout")));
  StopRule fewer(share(0.5));
  for (int row = 0; row < 1000; ++row) EXPECT_FALSE(fewer.ended(row % 2 == 0 ? done() : failed("timeout")));
}

TEST(StopRule, SaysThatTheBudgetIsUsedUp) {
  auto info = error(ErrorKind::quota_exhausted);
  info.message = "max_cost is reached";
  EXPECT_EQ(stop_reason(info), "the budget is used up: max_cost is reached");
  info.status = 429;
  info.message = "the account has no money";
  EXPECT_EQ(stop_reason(info), "the account has no money");
}

}  // namespace
}  // namespace headway::job
