#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace headway::pacing {

/// Random numbers that are the same with every compiler and library. SplitMix64 (Steele, Lea and Flood 2014).
class Random {
 public:
  explicit Random(std::uint64_t seed) noexcept : state_(seed) {}

  std::uint64_t bits() noexcept {
    state_ += 0x9E3779B97F4A7C15;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
    return mixed ^ (mixed >> 31);
  }

  /// From 0, below 1.
  double uniform() noexcept { return static_cast<double>(bits() >> 11) * 0x1p-53; }

  /// Mean 0, standard deviation 1 (Box and Muller 1958).
  double normal() noexcept {
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }

  /// `mean` is that of the numbers, `sigma` the standard deviation of their logarithms.
  double log_normal(double mean, double sigma) noexcept {
    return mean * std::exp(sigma * normal() - sigma * sigma / 2);
  }

  double exponential(double mean) noexcept { return -mean * std::log(1 - uniform()); }

 private:
  std::uint64_t state_;
};

}  // namespace headway::pacing
