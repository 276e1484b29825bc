#pragma once

#include <algorithm>
#include <chrono>

namespace headway::net {

/// A budget that refills evenly with time: `burst` at once, `per_second` on the long run. Is told the time.
class RateBudget {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  constexpr RateBudget(double burst, double per_second) : burst_(burst), per_second_(per_second), left_(burst) {}

  /// Takes one, if there is one.
  constexpr bool take(time_point now) {
    if (now > filled_at_) {
      left_ = std::min(burst_, left_ + per_second_ * std::chrono::duration<double>(now - filled_at_).count());
      filled_at_ = now;
    }
    if (left_ < 1) return false;
    left_ -= 1;
    return true;
  }

 private:
  double burst_;
  double per_second_;
  double left_;
  time_point filled_at_{};
};

}  // namespace headway::net
