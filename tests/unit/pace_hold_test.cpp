#include "pace/hold.hpp"

#include <gtest/gtest.h>

namespace headway::pace::holds {
namespace {

using namespace std::chrono_literals;

constexpr time_point start{1000s};

TEST(Hold, OfOneCallLetsOneTryAMomentLater) {
  Hold hold;
  hold.begin(7, start + 20s, 50ms, false, start);
  EXPECT_TRUE(hold.holds(start + 49ms));
  EXPECT_EQ(hold.ask_again(), start + 50ms);
  EXPECT_FALSE(hold.holds(start + 50ms));
  hold.sent(start + 50ms);
  EXPECT_TRUE(hold.holds(start + 19s));
  EXPECT_FALSE(hold.holds(start + 20s));
}

TEST(Hold, OfTwoCallsLastsAsLongAsTheyWereTold) {
  Hold hold;
  hold.begin(7, start + 20s, 50ms, false, start);
  hold.begin(8, start + 10s, 50ms, false, start);
  EXPECT_TRUE(hold.holds(start + 19s));
  EXPECT_EQ(hold.ask_again(), start + 20s);
}

TEST(Hold, EndsWithTheAnswerToACallThatWasSentLater) {
  Hold hold;
  hold.begin(7, start + 20s, 50ms, false, start);
  hold.begin(8, start + 20s, 50ms, false, start);
  EXPECT_FALSE(hold.answered(6));
  EXPECT_TRUE(hold.holds(start + 1s));
  EXPECT_TRUE(hold.answered(9));
  EXPECT_FALSE(hold.holds(start + 1s));
  EXPECT_FALSE(hold.lasts(start + 1s));
}

TEST(Hold, OfAKnownLimitLetsNoneTry) {
  Hold hold;
  hold.begin(7, start + 20s, 50ms, true, start);
  EXPECT_TRUE(hold.holds(start + 19s));
}

}  // namespace
}  // namespace headway::pace::holds
