#pragma once

#include <algorithm>
#include <chrono>

namespace headway::call {

/// When a key that ends is asked for again. A state machine without I/O: it is told the time.
class KeySchedule {
 public:
  using Clock = std::chrono::system_clock;  // a machine that slept has an old key

  explicit KeySchedule(std::chrono::seconds lasts) : lasts_(lasts) {}

  void got(Clock::time_point now) {
    end_ = now + lasts_;
    next_ = now + lasts_ - std::min<Clock::duration>(lasts_ / 4, earliest);
  }
  void failed(Clock::time_point now) { next_ = now + between_tries; }

  Clock::time_point next() const { return next_; }
  bool is_over(Clock::time_point now) const { return now >= end_; }

 private:
  static constexpr auto earliest = std::chrono::minutes(5);  // before its end
  static constexpr auto between_tries = std::chrono::seconds(10);

  std::chrono::seconds lasts_;
  Clock::time_point next_;
  Clock::time_point end_;
};

}  // namespace headway::call
