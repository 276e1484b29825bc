#pragma once

#include "pace/token_bucket.hpp"

namespace headway::pace {

/// How much a minute went by in the last ten to twenty seconds.
class RateMeter {
 public:
  void add(double units, time_point now) noexcept {
    turn(now);
    current_ += units;
  }
  double per_minute(time_point now) noexcept {
    turn(now);
    const double seconds = seconds_d(now - first_).count();
    return seconds > 0 ? (before_ + current_) * 60 / std::max(1.0, seconds) : 0;
  }

 private:
  static constexpr std::chrono::seconds slot{10};

  void turn(time_point now) noexcept {
    if (now < begin_ + slot) return;
    const bool next = now < begin_ + 2 * slot;
    before_ = next ? current_ : 0;
    current_ = 0;
    first_ = next ? begin_ : now;
    begin_ = next ? begin_ + slot : now;
  }

  time_point first_{};  // since when `before_` and `current_` were counted
  time_point begin_{};  // of `current_`
  double before_ = 0;
  double current_ = 0;
};

}  // namespace headway::pace
