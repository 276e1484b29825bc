#pragma once

#include <optional>

#include "pace/demand.hpp"

namespace headway::pace {

/// Whether a declared limit comes back with time, or all at once at a window's end, where headers tell no reset (LiteLLM's
/// proxy counts by the minute of the clock, and tells limit and remaining alone).
///
/// What is left may go out as ever. When that is used up, what time should have filled since is a guess: single probes ask,
/// 1, 2, 4 and 8 s apart. More answered than the capacity: it fills all the time, and there is no doubt from then on. One
/// refused: it is a window, which has ended when one is answered that was sent later; the next is not asked before it can
/// have ended. A server may count calls in another order than they were sent: one good answer to a probe tells nothing.
/// A state machine without I/O, told the time.
class RefillDoubt {
 public:
  /// The first reading has come, when so much had been sent.
  void begin(double used, time_point now) noexcept;
  /// A reading tells a reset: what kind of limit it is follows from that.
  void end() noexcept { ended_ = true; }
  /// `capacity` is used up, as far as is known.
  bool probing(double capacity) const noexcept { return !ended_ && spent_ >= capacity; }

  /// Seconds until `units` may be sent. `length` of a window, seconds.
  double seconds_until(double units, double capacity, double length, time_point now) noexcept;
  /// They are sent.
  void take(double units, double capacity, time_point now) noexcept;
  void answered(double units, double capacity, time_point sent_at, time_point now) noexcept;
  void refused(time_point sent_at, time_point now) noexcept;

 private:
  bool ended_ = false;
  double spent_ = 0;  // since the window began, as far as is known
  double served_ = 0;
  time_point since_{};
  time_point counts_from_{};  // answers of calls that were sent from then on are in `served_`
  std::optional<time_point> first_probe_;
  time_point next_probe_{};
  double gap_ = 0;                        // seconds, between this probe and the next
  std::optional<time_point> refused_at_;  // when the last refusal came
  time_point refused_sent_at_{};          // and when that call was sent
};

}  // namespace headway::pace
