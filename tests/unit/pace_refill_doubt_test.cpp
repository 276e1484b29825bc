// What headers without a reset leave open: whether a limit comes back with time, or at a window's end.

#include <gtest/gtest.h>

#include "pace/refill_doubt.hpp"
#include "pace/token_bucket.hpp"

namespace headway::pace {
namespace {

using namespace std::chrono_literals;

constexpr time_point start{1000s};
constexpr double capacity = 120, window = 60;

/// A limit of which all is used up at the start.
struct Spent {
  RefillDoubt doubt;

  Spent() {
    doubt.begin(1, start);
    for (int n = 0; n < 119; ++n) send(start);
  }
  void answered(time_point sent_at, time_point now) { doubt.answered(1, capacity, sent_at, now); }
  double wait(time_point now) { return doubt.seconds_until(1, capacity, window, now); }
  void send(time_point now) { doubt.take(1, capacity, now); }
};

TEST(RefillDoubt, WhatIsLeftMayGoOutAsEver) {
  RefillDoubt doubt;
  doubt.begin(100, start);
  for (int n = 0; n < 20; ++n) {
    EXPECT_EQ(doubt.seconds_until(1, capacity, window, start), 0);
    EXPECT_FALSE(doubt.probing(capacity));
    doubt.take(1, capacity, start);
  }
  EXPECT_TRUE(doubt.probing(capacity));
}

TEST(RefillDoubt, ThenSingleProbesAskFurtherAndFurtherApart) {
  Spent spent;
  auto now = start + 500ms;
  for (const double gap : {1, 2, 4, 8, 8}) {
    ASSERT_EQ(spent.wait(now), 0);
    spent.send(now);
    spent.doubt.refused(now, now);
    EXPECT_NEAR(spent.wait(now), gap, 1e-6);
    now = after(now, gap) + 1ms;
  }
}

TEST(RefillDoubt, MoreAnsweredThanTheCapacityShowsABucket) {
  Spent spent;
  spent.send(start + 500ms);
  spent.answered(start + 500ms, start + 600ms);  // it was counted before others, for all we know
  for (int n = 0; n < 119; ++n) spent.answered(start, start + 700ms);
  EXPECT_GT(spent.wait(start + 700ms), 0);
  spent.answered(start, start + 800ms);
  for (int n = 0; n < 1000; ++n) {
    EXPECT_EQ(spent.wait(start + 800ms), 0);
    spent.send(start + 800ms);
  }
}

TEST(RefillDoubt, AWindowIsNotAskedAgainBeforeItCanHaveEnded) {
  Spent spent;
  for (const auto sent : {1s, 29s}) {
    spent.send(start + sent);
    spent.doubt.refused(start + sent, start + sent + 100ms);
  }
  spent.send(start + 31s);
  spent.answered(start + 31s, start + 32s);  // so it began between 29 and 31
  for (int n = 0; n < 120; ++n) {
    ASSERT_EQ(spent.wait(start + 32s), 0) << n;
    spent.send(start + 32s);
  }
  EXPECT_NEAR(spent.wait(start + 32s), 57, 1e-6);
  EXPECT_EQ(spent.wait(start + 89s + 1ms), 0);
}

TEST(RefillDoubt, AnAnswerThatWasSentBeforeTheLastRefusalCameIsNoNewWindow) {
  Spent spent;
  spent.send(start + 1s);
  spent.doubt.refused(start, start + 2s);  // one of before: the probe was counted first
  spent.answered(start + 1s, start + 9s);
  EXPECT_TRUE(spent.doubt.probing(capacity));
}

TEST(RefillDoubt, AWindowsLengthWithoutAProbeClearsIt) {
  Spent spent;
  EXPECT_EQ(spent.wait(start + 60s + 1ms), 0);
  EXPECT_FALSE(spent.doubt.probing(capacity));
}

TEST(RefillDoubt, AToldResetEndsIt) {
  Spent spent;
  spent.send(start + 1s);
  spent.doubt.end();
  EXPECT_EQ(spent.wait(start + 1s), 0);
  EXPECT_FALSE(spent.doubt.probing(capacity));
}

}  // namespace
}  // namespace headway::pace
