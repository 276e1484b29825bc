#pragma once

#include <cstdint>

namespace headway::pace {

/// SplitMix64 (Steele, Lea and Flood 2014): eight bytes of state, and neighbouring seeds give unlike numbers.
class Random {
 public:
  explicit Random(std::uint64_t seed) noexcept : state_(seed) {}

  /// From 0, below 1.
  double fraction() noexcept {
    state_ += 0x9E3779B97F4A7C15;
    std::uint64_t bits = state_;
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
    bits ^= bits >> 31;
    return static_cast<double>(bits >> 11) * 0x1p-53;
  }

 private:
  std::uint64_t state_;
};

}  // namespace headway::pace
