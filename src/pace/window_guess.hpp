#pragma once

#include "base/limit_snapshot.hpp"
#include "pace/demand.hpp"

namespace headway::pace {

/// Tells over which time a declared limit runs, from successive readings of limit, remaining and reset. Two kinds are
/// known: a bucket that fills all the time, whose reset is (limit - remaining) / limit of the window (OpenAI, Groq), and a
/// fixed window, whose reset counts down to its end (others). A minute, filled all the time, until readings say otherwise.
class WindowGuess {
 public:
  /// `sent_at`: the call that was answered `now`.
  void read(const LimitReading& reading, time_point sent_at, time_point now) noexcept;

  /// Somebody else knows it; readings may still say otherwise.
  void assume(double seconds, bool fixed) noexcept {
    seconds_ = candidate_ = seconds;
    fixed_ = candidate_fixed_ = fixed;
  }

  double seconds() const noexcept { return seconds_; }  ///< 1, 60, 3600 or 86400
  bool fixed() const noexcept { return fixed_; }

 private:
  bool counts_down(time_point end, std::chrono::nanoseconds took, time_point now) noexcept;
  void vote(double seconds, bool fixed) noexcept;

  double seconds_ = 60;
  bool fixed_ = false;
  double candidate_ = 60;
  bool candidate_fixed_ = false;
  int votes_ = 0;
  time_point end_{};        // as readings have told it
  time_point end_since_{};  // so long
  int moves_ = 0;           // of the end, sooner than a window's end moves
};

}  // namespace headway::pace
