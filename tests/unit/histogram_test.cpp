#include "base/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace headway {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

double relative_error(nanoseconds found, nanoseconds exact) {
  return std::abs(static_cast<double>((found - exact).count())) / static_cast<double>(exact.count());
}

TEST(Histogram, IsZeroWithoutValues) {
  const Histogram empty;
  EXPECT_EQ(empty.count(), 0u);
  EXPECT_EQ(empty.max(), 0ns);
  EXPECT_EQ(empty.percentile(50), 0ns);
}

TEST(Histogram, GivesOneValueBackAtEveryPercentile) {
  Histogram one;
  one.record(1'234'567ns);
  for (const double percent : {0.0, 50.0, 99.9, 100.0}) {
    EXPECT_LT(relative_error(one.percentile(percent), 1'234'567ns), 0.01) << percent;
  }
  EXPECT_EQ(one.max(), 1'234'567ns);
}

TEST(Histogram, IsExactForSmallValues) {
  Histogram small;
  for (int value = 1; value <= 200; ++value) small.record(nanoseconds(value));
  EXPECT_EQ(small.percentile(50), 100ns);
  EXPECT_EQ(small.percentile(99), 198ns);
  EXPECT_EQ(small.percentile(100), 200ns);
}

TEST(Histogram, IsWithinOnePercentOverTwelvePowersOfTen) {
  for (double value = 1; value < 1e12; value *= 1.37) {
    Histogram histogram;
    const nanoseconds exact(static_cast<std::int64_t>(value));
    histogram.record(exact);
    histogram.record(1000h);
    EXPECT_LT(relative_error(histogram.percentile(50), exact), 0.01) << exact.count();
  }
}

TEST(Histogram, AgreesWithSortedValues) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> latencies(16, 1.5);
  Histogram histogram;
  std::vector<nanoseconds> values(20'000);
  for (auto& value : values) {
    value = nanoseconds(static_cast<std::int64_t>(latencies(random)) + 1);
    histogram.record(value);
  }
  std::ranges::sort(values);
  for (const double percent : {1.0, 50.0, 90.0, 99.0, 99.9}) {
    const auto rank = static_cast<std::size_t>(std::ceil(percent / 100 * 20'000)) - 1;
    EXPECT_LT(relative_error(histogram.percentile(percent), values[rank]), 0.01) << percent;
  }
  EXPECT_EQ(histogram.max(), values.back());
  EXPECT_EQ(histogram.count(), 20'000u);
}

TEST(Histogram, CountsARareValueAtItsRank) {
  Histogram histogram;
  for (int i = 0; i < 99; ++i) histogram.record(1ms);
  histogram.record(1s);
  EXPECT_LT(relative_error(histogram.percentile(99), 1ms), 0.01);
  EXPECT_LT(relative_error(histogram.percentile(99.5), 1s), 0.01);
}

TEST(Histogram, TakesTheLongestAndTheNegative) {
  Histogram histogram;
  histogram.record(-5ns);
  EXPECT_EQ(histogram.percentile(100), 0ns);
  histogram.record(nanoseconds::max());
  EXPECT_EQ(histogram.max(), nanoseconds::max());
  EXPECT_LT(relative_error(histogram.percentile(100), nanoseconds::max()), 0.01);
}

TEST(Histogram, TakesPercentagesOutOfRangeAsTheNearestInIt) {
  Histogram histogram;
  histogram.record(10ns);
  histogram.record(20ns);
  EXPECT_EQ(histogram.percentile(-1), 10ns);
  EXPECT_EQ(histogram.percentile(101), 20ns);
}

}  // namespace
}  // namespace headway
