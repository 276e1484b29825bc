#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "pacing/case.hpp"

namespace headway::pacing {

/// What the workers of a cluster have to do. Together they always want more than the limit.
enum class Load {
  full,      ///< each always has another call
  changing,  ///< every 20 s: a third of them has no calls, a third half of an even part, the others always another one
  dying,     ///< full; every 10 s a worker dies with all its calls, and 5 s later another takes its place
};

/// Workers that share one provider's limit by leases.
struct ClusterCase {
  ClusterCase() {}

  std::string name;
  Case plan;  ///< the provider, the calls, the network, for how long
  std::size_t workers = 1;
  bool told = false;  ///< workers are told the limits, and the answers' headers tell nothing
  Load load = Load::full;
};

/// Of one run, from 30 s on.
struct ClusterMeasures {
  double share = 0;         ///< used of the limit, in hundredths
  double refusals = 0;      ///< in 1,000 calls
  double seconds_over = 0;  ///< seconds in which something was refused, in hundredths
  double messages = 0;      ///< renewals a second that came to the actor
};

/// The same seed gives the same run.
ClusterMeasures simulate(const ClusterCase& plan, std::uint64_t seed);

const std::vector<ClusterCase>& all_cluster_cases();

}  // namespace headway::pacing
