#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>

#include "pace/demand.hpp"

namespace headway::pacing {

using pace::time_point;
using std::chrono::nanoseconds;

/// When every simulation begins. Not zero, which a state machine might take for "never".
inline constexpr time_point start{std::chrono::hours(1)};

inline nanoseconds duration(double seconds) {
  return nanoseconds(static_cast<nanoseconds::rep>(std::ceil(seconds * 1e9)));
}

inline double seconds(nanoseconds time) {
  return static_cast<double>(time.count()) * 1e-9;
}

/// Since the start.
inline double seconds(time_point when) {
  return seconds(when - start);
}

inline time_point moment(double seconds_since_start) {
  return start + duration(seconds_since_start);
}

}  // namespace headway::pacing
