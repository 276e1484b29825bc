#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "pace/rate_meter.hpp"

namespace headway::pace {

/// How many calls a second are sent now: of the last one to two seconds where those are many, else by the gaps between
/// the last few. Falls as soon as they seem to have ended.
class RecentRate {
 public:
  void add(time_point now) noexcept {
    meter_.add(1, now);
    last_[count_++ % last_.size()] = now;
  }

  double per_second(time_point now) noexcept {
    if (count_ == 0) return 0;
    const auto known = std::min(count_, last_.size());
    const double by_meter = meter_.per_minute(now) / 60;
    const double since_first = seconds_d(now - last_[(count_ - known) % last_.size()]).count();
    const double by_gaps = static_cast<double>(known) / std::max(1.0, since_first);
    const double rate = by_meter >= static_cast<double>(last_.size()) ? by_meter : by_gaps;
    const double since_last = seconds_d(now - last_[(count_ - 1) % last_.size()]).count();
    constexpr double gaps = 2;  // a longer one is the end
    return rate * since_last > gaps ? gaps / since_last : rate;
  }

 private:
  RateMeter meter_{std::chrono::seconds(1)};
  std::array<time_point, 4> last_{};
  std::size_t count_ = 0;
};

}  // namespace headway::pace
