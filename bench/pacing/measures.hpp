#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pacing/case.hpp"

namespace headway::pacing {

/// What calls lived through, as the program saw it.
struct Tally {
  std::uint64_t answered = 0;
  std::uint64_t lost = 0;
  std::uint64_t sent = 0;     ///< attempts
  std::uint64_t retried = 0;  ///< attempts that were not a call's first
  double waited = 0;          ///< seconds, of all answered calls
};

/// One run of one strategy, or the mean of several.
struct Measures {
  double share = 0;  ///< of what could be used, in hundredths: the whole run
  double share_after_30s = 0;
  double refusals = 0;  ///< in 1,000 calls: the whole run
  double refusals_after_30s = 0;
  double lost = 0;                 ///< in 1,000 calls that ended: given up
  double retries = 0;              ///< sent, in 1,000 calls
  double waiting = 0;              ///< seconds a call, beside what the answer itself takes; the mean
  std::optional<double> recovery;  ///< seconds until full speed, after the outage or the change; negative: never
};

Measures measure(const Case& plan, double phase, const Ledger& ledger, const Tally& tally);
Measures mean(const std::vector<Measures>& runs);

}  // namespace headway::pacing
