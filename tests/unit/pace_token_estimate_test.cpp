#include "pace/token_estimate.hpp"

#include <random>

#include <gtest/gtest.h>

namespace headway::pace {
namespace {

Demand demand(std::size_t bytes, std::optional<std::int64_t> max_tokens = std::nullopt) {
  Demand d;
  d.prompt_bytes = bytes;
  d.max_tokens = max_tokens;
  return d;
}

void learn(TokenEstimate& estimate, const Demand& d, double input, double output) {
  Reservation reservation;
  reservation.demand = d;
  reservation.input_tokens = estimate.input(d);
  reservation.output_tokens = estimate.output(d);
  estimate.learn(reservation, input, output);
}

TEST(TokenEstimate, StartsAtFourBytesAToken) {
  const TokenEstimate estimate;
  EXPECT_DOUBLE_EQ(estimate.input(demand(4'000)), 1'000);
  EXPECT_DOUBLE_EQ(estimate.input(demand(0)), 1);
  EXPECT_DOUBLE_EQ(estimate.margin(100), 0);
}

TEST(TokenEstimate, BeforeAnyAnswerItMayBeAsLongAsItMay) {
  const TokenEstimate estimate;
  EXPECT_DOUBLE_EQ(estimate.output(demand(100, 512)), 512);
  EXPECT_DOUBLE_EQ(estimate.output(demand(100)), 256);
  EXPECT_DOUBLE_EQ(estimate.output(demand(100, -5)), 0);
}

// English, Japanese, code and base64 (tokens a byte of UTF-8).
TEST(TokenEstimate, LearnsTokensAByteInAFewDozenCalls) {
  for (const double ratio : {0.24, 0.31, 0.36, 0.72}) {
    TokenEstimate estimate;
    std::mt19937 random(1);
    std::uniform_int_distribution<std::size_t> bytes(200, 2'000);
    for (int call = 0; call < 36; ++call) {
      const auto d = demand(bytes(random));
      learn(estimate, d, ratio * static_cast<double>(d.prompt_bytes), 100);
    }
    EXPECT_NEAR(estimate.input(demand(1'000)), 1'000 * ratio, 20 * ratio);
  }
}

TEST(TokenEstimate, LearnsTheMeanOfTheAnswersNotTheMost) {
  TokenEstimate estimate;
  for (int call = 0; call < 100; ++call) learn(estimate, demand(100, 512), 25, call % 2 == 0 ? 100 : 300);
  EXPECT_NEAR(estimate.output(demand(100, 512)), 200, 2);
  EXPECT_DOUBLE_EQ(estimate.output(demand(100, 50)), 50);
}

TEST(TokenEstimate, TheFirstShortAnswersAreNotBelieved) {
  TokenEstimate estimate;
  for (int call = 0; call < 5; ++call) learn(estimate, demand(100, 512), 25, 10);
  EXPECT_GT(estimate.output(demand(100, 512)), 400);
}

TEST(TokenEstimate, FollowsAChangeOfPrompts) {
  TokenEstimate estimate;
  for (int call = 0; call < 1'000; ++call) learn(estimate, demand(1'000), 240, 100);
  for (int call = 0; call < 600; ++call) learn(estimate, demand(1'000), 720, 50);
  EXPECT_NEAR(estimate.input(demand(1'000)), 720, 30);
  EXPECT_NEAR(estimate.output(demand(1'000)), 50, 5);
}

TEST(TokenEstimate, TheMarginGrowsWithTheRootOfTheCallsInFlight) {
  TokenEstimate estimate;
  for (int call = 0; call < 400; ++call) learn(estimate, demand(400), 100, call % 2 == 0 ? 100 : 300);
  const double one = estimate.margin(1);
  EXPECT_NEAR(one, 200, 20);  // two standard deviations of 100
  EXPECT_DOUBLE_EQ(estimate.margin(100), 10 * one);
  EXPECT_DOUBLE_EQ(estimate.margin(0), 0);
}

}  // namespace
}  // namespace headway::pace
