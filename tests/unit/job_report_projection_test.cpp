#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <vector>

#include "job/report/projection.hpp"

namespace headway::job {
namespace {

// The claim of the interval, put to the test: long-tailed rows, a random sample of them, many times.
TEST(Sample, ItsRangeHoldsTheSumNineTimesInTen) {
  std::mt19937_64 random(11);
  std::lognormal_distribution<double> lengths(5, 0.6);
  std::vector<double> rows(2000);
  for (auto& row : rows) row = lengths(random);
  const double sum = std::accumulate(rows.begin(), rows.end(), 0.0);
  int held = 0;
  constexpr int trials = 1000;
  for (int trial = 0; trial < trials; ++trial) {
    std::shuffle(rows.begin(), rows.end(), random);
    Sample sample;
    for (int i = 0; i < 50; ++i) sample.add(rows[static_cast<std::size_t>(i)]);
    const auto expected = sample.sum_of(rows.size());
    EXPECT_LE(expected.low, expected.value);
    EXPECT_GE(expected.high, expected.value);
    held += expected.low <= sum && sum <= expected.high ? 1 : 0;
  }
  EXPECT_GE(held, trials * 86 / 100);
  EXPECT_LE(held, trials * 94 / 100);
}

TEST(Sample, OfAllRowsLeavesNoRange) {
  Sample sample;
  for (const double value : {1.0, 2.0, 6.0}) sample.add(value);
  const auto all = sample.sum_of(3);
  EXPECT_DOUBLE_EQ(all.value, 9);
  EXPECT_DOUBLE_EQ(all.low, 9);
  EXPECT_DOUBLE_EQ(all.high, 9);
  EXPECT_GE(sample.sum_of(4).low, 9) << "no less than what was used";
}

TEST(Sample, OfOneRowHasNoUpperEnd) {
  Sample sample;
  EXPECT_TRUE(std::isinf(sample.sum_of(10).high));
  sample.add(5);
  EXPECT_DOUBLE_EQ(sample.sum_of(10).value, 50);
  EXPECT_DOUBLE_EQ(sample.sum_of(10).low, 5);
  EXPECT_TRUE(std::isinf(sample.sum_of(10).high));
}

TEST(Projection, SaysWhatAllRowsWillTake) {
  Projection projection(1000);
  const auto clock = [](double) { return std::string("Tue 03:20"); };
  EXPECT_NE(projection.text(true, {1, 1}, clock).find("nothing can be said"), std::string::npos);
  for (int i = 0; i < 100; ++i) {
    Usage usage;
    usage.prompt_tokens = 100;
    usage.completion_tokens = 40 + i % 20;
    projection.add(usage, Money::of_dollars(0.001));
  }
  EXPECT_DOUBLE_EQ(projection.prompt_tokens().value, 100'000);
  EXPECT_NEAR(projection.dollars().value, 1, 1e-9);
  EXPECT_DOUBLE_EQ(*projection.seconds_left(9), 100);
  EXPECT_FALSE(projection.seconds_left(0));
  const auto text = projection.text(true, {9, 0}, clock);
  EXPECT_NE(text.find("tokens in  100,000\n"), std::string::npos) << text;
  EXPECT_NE(text.find("tokens out 49,500  ("), std::string::npos) << text;
  EXPECT_NE(text.find("1 min 40 s more, done at Tue 03:20\n"), std::string::npos) << text;
  EXPECT_EQ(projection.text(false, {}, clock).find('$'), std::string::npos);
}

TEST(Projection, GivesTheTimeARange) {
  Projection projection(1000);
  for (int i = 0; i < 100; ++i) projection.add(Usage(), Money());
  const auto hour = [](double seconds) { return std::string(seconds > 50 ? "Tue 03:20" : "Tue 03:19"); };
  const auto text = projection.text(false, {9, 90}, hour);
  EXPECT_NE(text.find("time       10 s to 1 min 40 s more, done between Tue 03:19 and Tue 03:20\n"), text.npos) << text;
  EXPECT_NE(projection.text(false, {90, 9}, hour).find("10 s more, done at Tue 03:19\n"), text.npos);
}

TEST(ByteEstimate, IsFourBytesATokenAndMaxTokensAtTheMost) {
  ByteEstimate estimate;
  estimate.add(400, 1000);
  estimate.add(2, 10);
  EXPECT_DOUBLE_EQ(estimate.prompt_tokens(), 101);
  EXPECT_DOUBLE_EQ(estimate.completion_tokens().value, 266);
  EXPECT_DOUBLE_EQ(estimate.completion_tokens().low, 0);
  EXPECT_DOUBLE_EQ(estimate.completion_tokens().high, 1010);
  Price price;
  price.in = Money::of_dollars(1e-3);
  price.out = Money::of_dollars(2e-3);
  EXPECT_NEAR(estimate.dollars(price).low, 0.101, 1e-9);
  EXPECT_NEAR(estimate.dollars(price).high, 0.101 + 2.02, 1e-9);
  Prices prices;
  prices.standard = TierPrices(price);
  prices.source = "published prices of 2026-11-30";
  const auto text = estimate.text(prices);
  EXPECT_NE(text.find("($0.10 to $2.12)"), std::string::npos) << text;
  EXPECT_NE(text.find("\nprices     published prices of 2026-11-30\n"), std::string::npos) << text;
}

TEST(ByteEstimate, HasNoUpperEndWithoutMaxTokens) {
  ByteEstimate estimate;
  estimate.add(400, std::nullopt);
  EXPECT_DOUBLE_EQ(estimate.completion_tokens().value, 256);
  EXPECT_TRUE(std::isinf(estimate.completion_tokens().high));
  EXPECT_EQ(estimate.rows_without_max(), 1u);
  const auto text = estimate.text(Prices());
  EXPECT_NE(text.find("no upper end"), std::string::npos) << text;
  EXPECT_NE(text.find("--pilot"), std::string::npos);
  EXPECT_EQ(text.find("nan"), std::string::npos);
}

}  // namespace
}  // namespace headway::job
