#pragma once

#include <algorithm>
#include <chrono>

#include "pace/demand.hpp"

namespace headway::pace {

using seconds_d = std::chrono::duration<double>;

/// `seconds` from `now`, rounded up so that nobody comes too early, at most a day.
inline time_point after(time_point now, double seconds) noexcept {
  constexpr double longest = 86'400;
  const double ns = std::clamp(seconds, 0.0, longest) * 1e9;
  return now + std::chrono::nanoseconds(static_cast<std::chrono::nanoseconds::rep>(ns) + 1);
}

/// Fills at `rate` up to `capacity`; what is sent is taken out. It may go below zero, and then has to fill first.
struct TokenBucket {
  double rate = 0;  ///< units a second
  double capacity = 0;
  double level = 0;
  time_point at{};

  void refill(time_point now) noexcept {
    if (now <= at) return;
    if (level < capacity) level = std::min(capacity, level + rate * seconds_d(now - at).count());
    at = now;
  }
  /// Seconds until `wanted` is there, 0 if it is.
  double wait_for(double wanted) const noexcept { return level >= wanted ? 0 : (wanted - level) / rate; }
};

}  // namespace headway::pace
