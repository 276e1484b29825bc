#include "pace/fault_test.hpp"

#include <gtest/gtest.h>

namespace headway::pace::fault_tests {
namespace {

using Verdict = FaultTest::Verdict;

TEST(FaultTest, AsManyAtHalfTheSpeedTwiceAreRandom) {
  FaultTest test;
  test.begin(0.2, 80);
  test.add(100, 20, 80);
  EXPECT_EQ(test.verdict(), Verdict::slower);
  EXPECT_NEAR(test.borne(), 64, 1e-9);
  test.add(100, 21, 64);
  EXPECT_EQ(test.verdict(), Verdict::random);
  EXPECT_NEAR(test.found(), 0.2, 0.02);
}

TEST(FaultTest, NextToNoneAtWhatWasBorneAreOurs) {
  FaultTest test;
  test.begin(0.2, 80);
  test.add(100, 1, 80);
  EXPECT_EQ(test.verdict(), Verdict::ours);
  EXPECT_NEAR(test.since(), 0.01, 1e-9);
}

TEST(FaultTest, MoreThanBeforeAreOurs) {
  FaultTest test;
  test.begin(0.2, 80);
  test.add(100, 60, 80);
  EXPECT_EQ(test.verdict(), Verdict::ours);
}

// A bucket of 10 a second that had run out in the midst of what was counted first.
TEST(FaultTest, ALimitThatWasThoughtTooHighIsFoundTheSecondTime) {
  FaultTest test;
  test.begin(0.36, 36);
  test.add(40, 15, 28);
  EXPECT_EQ(test.verdict(), Verdict::slower);
  test.add(40, 0, 10);
  EXPECT_EQ(test.verdict(), Verdict::ours);
}

TEST(FaultTest, AtMoreThanWasBorneNothingIsToBeLearned) {
  FaultTest test;
  test.begin(0.2, 8);
  test.add(200, 40, 10);
  test.add(200, 0, 100);
  EXPECT_EQ(test.verdict(), Verdict::open);
}

TEST(FaultTest, WhereNextToAllWereRefusedThereIsNothingToTest) {
  FaultTest test;
  test.begin(0.9, 10);
  EXPECT_FALSE(test.runs());
}

}  // namespace
}  // namespace headway::pace::fault_tests
