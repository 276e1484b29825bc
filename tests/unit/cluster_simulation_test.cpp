// One limit over several workers, on the virtual clock of bench/pacing. The same seed gives the same run.

#include <algorithm>

#include <gtest/gtest.h>

#include "pacing/cluster/case.hpp"

namespace headway::pacing {
namespace {

ClusterMeasures run(const std::string& name, std::size_t workers, Load load) {
  const auto& cases = all_cluster_cases();
  return simulate(*std::ranges::find_if(cases,
                                        [&](const ClusterCase& plan) {
                                          return plan.name == name && plan.workers == workers && plan.load == load;
                                        }),
                  1);
}

TEST(ClusterSimulation, ManyWorkersUseOneLimitAsOneDoes) {
  for (const auto* name : {"bucket of 6,000 a minute, headers", "bucket of 6,000 a minute, told",
                           "slices of 50 a second, headers", "slices of 50 a second, told"}) {
    for (const std::size_t workers : {1U, 3U, 10U}) {
      const auto measures = run(name, workers, Load::full);
      EXPECT_GE(measures.share, 98) << name << ", " << workers;
      EXPECT_LE(measures.refusals, 5) << name << ", " << workers;
      EXPECT_LE(measures.messages, 30) << name << ", " << workers;
    }
  }
}

TEST(ClusterSimulation, ABucketRefusesNothingWhateverTheWorkersDo) {
  for (const auto load : {Load::full, Load::changing, Load::dying}) {
    EXPECT_EQ(run("bucket of 6,000 a minute, headers", 10, load).refusals, 0);
  }
}

// Of three, a dead one's part lies still for two seconds or a little more in ten; a change of all that is wanted costs
// about two in twenty.
TEST(ClusterSimulation, DeathsAndChangesCostNoMoreThanTheTimeOfALease) {
  for (const auto load : {Load::changing, Load::dying}) {
    const auto measures = run("slices of 50 a second, headers", 3, load);
    EXPECT_GE(measures.share, 85);
    EXPECT_LE(measures.refusals, 10);
  }
  EXPECT_GE(run("slices of 50 a second, headers", 10, Load::dying).share, 94);
}

}  // namespace
}  // namespace headway::pacing
