#pragma once

#include <cstdint>
#include <iosfwd>

#include "pacing/measures.hpp"
#include "pacing/strategy.hpp"

namespace headway::pacing {

/// One run: a program that makes calls, a strategy that says when they are sent, a network with jitter, a provider.
/// The same seed gives the same run. `trace`: a line for each simulated second; null: none.
Measures simulate(const Case& plan, const StrategyKind& strategy, std::uint64_t seed, std::ostream* trace = nullptr);

/// The mean over seeds 1, 2, ... `runs`.
Measures simulate_all(const Case& plan, const StrategyKind& strategy, std::uint64_t runs);

}  // namespace headway::pacing
