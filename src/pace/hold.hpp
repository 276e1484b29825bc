#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <limits>

#include "pace/demand.hpp"
#include "pace/durations.hpp"

namespace headway::pace {

/// A server that has told calls to come again later: others wait as well, for what refused these may refuse them too. It
/// ends when the time is over, or when a call that was sent after those is answered. To find that out, one may go after
/// a moment, if only one call was told so. No clock.
class Hold {
 public:
  /// The call at that place in the order of sending took so long to be refused. `surely`: nobody need find out.
  void begin(double place, time_point until, std::chrono::nanoseconds took, bool surely, time_point now) noexcept {
    constexpr std::chrono::nanoseconds longest_moment = std::chrono::milliseconds(200);
    if (until <= now) return;
    until_ = std::max(until_, until);
    since_ = std::min(since_, place);
    const bool alone = ++refusals_ == 1 && !surely;
    probe_at_ = alone ? now + std::min(took, longest_moment) : time_point::max();
  }

  /// Whether a call has to wait.
  bool holds(time_point now) const noexcept { return now < until_ && now < probe_at_; }
  /// One is sent.
  void sent(time_point now) noexcept {
    if (refusals_ == 0) return;
    probe_at_ = time_point::max();
    if (now >= until_) *this = Hold();
  }

  /// The call at that place was answered. Whether that ended it.
  bool answered(double place) noexcept {
    if (place <= since_) return false;
    *this = Hold();
    return true;
  }

  bool lasts(time_point now) const noexcept { return now < until_; }
  time_point ask_again() const noexcept { return std::min(until_, probe_at_); }

 private:
  time_point until_ = time_point::min();
  double since_ = std::numeric_limits<double>::infinity();  // the place of the first of those
  std::size_t refusals_ = 0;
  time_point probe_at_ = time_point::max();
};

}  // namespace headway::pace
