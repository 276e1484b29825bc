#include "pace/retry_budget.hpp"

#include <gtest/gtest.h>

#include "unit/pace_start.hpp"

namespace headway::pace {
namespace {

using namespace std::chrono_literals;

// `calls` a second for `seconds`. Returns when they end.
time_point run(RetryBudget& budget, int calls, int seconds, time_point from = start) {
  const auto step = std::chrono::nanoseconds(1s) / calls;
  auto now = from;
  for (int i = 0; i < calls * seconds; ++i, now += step) budget.sent(now);
  return now;
}

TEST(RetryBudget, ALoneCallRetriesAtOnce) {
  RetryBudget budget;
  budget.sent(start);
  EXPECT_EQ(budget.retry(start), 0ns);
  EXPECT_EQ(budget.retry(start + 1s), 0ns);
}

TEST(RetryBudget, OneInFiveCallsMayRetryForEver) {
  RetryBudget budget;
  auto now = start;
  for (int i = 0; i < 100'000; ++i, now += 1ms) {
    budget.sent(now);
    if (i % 5 == 0) {
      ASSERT_EQ(budget.retry(now), 0ns) << i;
    }
  }
}

TEST(RetryBudget, WhatIsAboveComesNoFasterThanAFifthOfTheCallsAndTenASecond) {
  RetryBudget budget;
  const auto now = run(budget, 1000, 20);
  std::size_t within_a_second = 0;
  for (int i = 0; i < 10'000; ++i) within_a_second += budget.retry(now) < 1s ? 1 : 0;
  EXPECT_GE(within_a_second, 2000U);
  EXPECT_LE(within_a_second, 10 * 210U + 210U);
}

TEST(RetryBudget, DelaysAndNeverFails) {
  RetryBudget budget;
  std::chrono::nanoseconds last{0};
  for (int i = 0; i < 100'000; ++i) {
    const auto wait = budget.retry(start);
    ASSERT_GE(wait, last);
    ASSERT_LE(wait, 30s);
    last = wait;
  }
  EXPECT_EQ(last, 30s);
}

TEST(RetryBudget, FillsUpWithTimeWhenNoCallsAreSent) {
  RetryBudget budget;
  for (int i = 0; i < 200; ++i) (void)budget.retry(start);
  EXPECT_GT(budget.retry(start), 9s);
  EXPECT_EQ(budget.retry(start + 11s), 0ns);
}

TEST(RetryBudget, ADebtIsForgottenWhenWhatWasDelayedHasBeenSent) {
  RetryBudget budget;
  for (int i = 0; i < 100'000; ++i) (void)budget.retry(start);
  EXPECT_EQ(budget.retry(start + 32s), 0ns);
}

TEST(RetryBudget, KeepsNoMoreThanTenSecondsOfIt) {
  RetryBudget budget;
  const auto now = run(budget, 10, 600);
  int at_once = 0;
  while (budget.retry(now) == 0ns) ++at_once;
  EXPECT_LE(at_once, 125);
  EXPECT_GE(at_once, 100);
}

}  // namespace
}  // namespace headway::pace
