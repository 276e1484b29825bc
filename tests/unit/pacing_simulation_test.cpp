// The goals of bench/pacing, on a virtual clock. The same seed gives the same run, so these cannot fail now and then.

#include <algorithm>
#include <cctype>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "pacing/simulation.hpp"
#include "pacing/table.hpp"

namespace headway::pacing {
namespace {

const Case& case_named(const std::string& name) {
  const auto& cases = all_cases();
  return *std::find_if(cases.begin(), cases.end(), [&](const Case& plan) { return plan.name == name; });
}

const StrategyKind& strategy_named(const std::string& name) {
  const auto& strategies = all_strategies();
  return *std::find_if(strategies.begin(), strategies.end(), [&](const auto& kind) { return kind.name == name; });
}

Row row(const Case& plan, const std::string& strategy) {
  return {strategy, simulate(plan, strategy_named(strategy), 1)};
}

class PacingGoals : public testing::TestWithParam<std::string> {};

TEST_P(PacingGoals, AreMet) {
  const auto& plan = case_named(GetParam());
  Result result{&plan, {row(plan, "headway")}};
  if (plan.near_oracle) result.rows.push_back(row(plan, "oracle"));
  EXPECT_EQ(missed(result), "");
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name;
  std::copy_if(info.param.begin(), info.param.end(), std::back_inserter(name),
               [](unsigned char c) { return std::isalnum(c) != 0; });
  return name;
}

INSTANTIATE_TEST_SUITE_P(Cases, PacingGoals,
                         testing::Values("bucket", "bucket, 50 ms", "bucket, silent", "bucket, no resets",
                                         "slices of 1,000", "slices of 100", "slices of 100, silent", "slices of 10",
                                         "minutes", "minutes, no resets", "tokens by use", "tokens up front",
                                         "tokens in, out", "long tails", "bursts of long outputs", "languages mixed",
                                         "languages in turn", "halved", "doubled", "halved, silent", "doubled, silent",
                                         "503 for 1 minute", "503 for 2 minutes", "500 for 1 minute",
                                         "down for 1 minute", "429 at random", "429 at random, silent", "503 at random",
                                         "500 at random", "connections lost", "queue, streams", "queue, whole answers",
                                         "day runs out", "day as a bucket", "light load"),
                         test_name);

TEST(PacingSimulation, SameSeedGivesTheSameRun) {
  const auto& plan = case_named("slices of 10");
  const auto& headway = strategy_named("headway");
  EXPECT_EQ(simulate(plan, headway, 7).waiting, simulate(plan, headway, 7).waiting);
  EXPECT_NE(simulate(plan, headway, 7).waiting, simulate(plan, headway, 8).waiting);
}

TEST(PacingSimulation, OracleIsNeverRefusedAndUsesAll) {
  for (const auto* name : {"slices of 10, 50 ms", "tokens by use", "halved"}) {
    const auto measures = row(case_named(name), "oracle").measures;
    EXPECT_GE(measures.share_after_30s, 99.5) << name;
    EXPECT_EQ(measures.refusals, 0) << name;
  }
}

// By calculation: normal jitter of 10 ms each way compresses ten gaps of 101 ms below a second once in 50 slices.
TEST(PacingSimulation, PerfectSpacingOnSmallSlicesDrawsWhatJitterAloneCosts) {
  const auto measures = row(case_named("slices of 10"), "even, 99 %").measures;
  EXPECT_NEAR(measures.refusals, 2, 0.7);
}

TEST(PacingSimulation, FixedRetriesLoseCallsWhereHeadwayLosesNone) {
  const auto& plan = case_named("bucket, silent");
  EXPECT_GT(row(plan, "2 retries").measures.lost, 0);
  EXPECT_EQ(row(plan, "headway").measures.lost, 0);
}

}  // namespace
}  // namespace headway::pacing
