#pragma once

#include "pace/token_bucket.hpp"

namespace headway::pace {

/// How much a minute went by in the last one to two slots.
class RateMeter {
 public:
  explicit RateMeter(std::chrono::seconds slot = std::chrono::seconds(10)) noexcept : slot_(slot) {}

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
  void turn(time_point now) noexcept {
    if (now < begin_ + slot_) return;
    const bool next = now < begin_ + 2 * slot_;
    before_ = next ? current_ : 0;
    current_ = 0;
    first_ = next ? begin_ : now;
    begin_ = next ? begin_ + slot_ : now;
  }

  std::chrono::seconds slot_;
  time_point first_{};  // since when `before_` and `current_` were counted
  time_point begin_{};  // of `current_`
  double before_ = 0;
  double current_ = 0;
};

}  // namespace headway::pace
