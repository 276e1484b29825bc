#pragma once

#include <chrono>

namespace headway::pace {

// In seconds, as limits are reckoned.
inline constexpr double minute = 60;
inline constexpr double hour = 3'600;

inline double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace headway::pace
