#pragma once

#include <cstddef>
#include <limits>

#include "pace/token_bucket.hpp"

namespace headway::pace {

/// Finds the highest rate at which next to nothing is refused, from refusals alone. It judges stretches of a second or
/// more, so a burst of refusals is one event:
/// - few refused: the rate goes down by a percent, then climbs back as CUBIC does (RFC 9438): fast at first, flat
///   around the rate that was refused, then faster and faster to find a limit that was raised. Where the limit is known
///   and only enforced in slices, some refusals are tolerated, the more the farther the rate is below it. Where it is
///   not, what goes on being refused far below a rate that was borne comes at random, and that share is tolerated;
/// - many refused: the limit's bucket is empty. From one such moment to the next, what was accepted is what has filled
///   it: that becomes the rate. The first time it is what was accepted in this stretch, and climbs by 3 % a second;
/// - all refused: a pause, twice as long each time; then the same rate again;
/// - while no refused rate is known, a stretch without refusals doubles the rate.
/// Units are requests or tokens. A state machine without I/O, told the time.
class RateSearch {
 public:
  static constexpr double unlimited = std::numeric_limits<double>::infinity();

  /// Starts at `rate` (units a second, above 0), which is known to be about right, or, if not `known`, is a guess
  /// on the low side. Never goes above `ceiling`.
  void start(double rate, double ceiling, bool known, time_point now) noexcept;
  /// The ceiling has changed: the rate goes with it.
  void set_ceiling(double ceiling) noexcept;
  /// From now on `factor` times as much is ours.
  void scale(double factor) noexcept;
  /// Nothing is to be sent before this.
  time_point paused_until() const noexcept { return paused_until_; }

  double rate() const noexcept { return rate_; }

  void sent(double units) noexcept;
  void refused(double units, time_point sent_at, time_point now) noexcept;
  /// To be called now and then, at least before every sending.
  void advance(time_point now) noexcept {
    if (now >= judge_at_) judge(now);
  }

 private:
  void judge(time_point now) noexcept;
  void begin_stretch(time_point now) noexcept;
  void pause(double accepted, time_point now) noexcept;
  void slow_down_to_accepted(double accepted) noexcept;
  void slow_down_a_little() noexcept;
  void speed_up(double elapsed) noexcept;
  double accepted_between_storms(time_point now) noexcept;
  bool all_refused() const noexcept;
  bool many_refused() const noexcept;
  bool too_many_refused() const noexcept;
  bool some_come_at_random() const noexcept;
  void learn_random_share() noexcept;
  void forget_random_share() noexcept;
  double seconds_to_peak() const noexcept;

  double ceiling_ = unlimited;
  double rate_ = unlimited;
  double peak_ = unlimited;  // the rate that was refused last; none: doubling
  double cut_ = 0;           // of the peak, by the last refusal
  double clock_ = 0;         // seconds since then, of those in which the rate was used
  bool climbs_ = false;      // the rate was cut by so much that the peak says little
  double units_a_call_ = 1;
  bool was_refused_ = false;  // in the stretch before this
  double refused_share_ = 0;  // of the last few hundred calls
  double borne_ = 0;          // the highest rate since the last storm
  double random_share_ = 0;   // what is refused far below that, and so at any rate
  std::size_t random_stretches_ = 0;
  time_point storm_at_{};   // when many were refused last
  double since_storm_ = 0;  // accepted units
  double pause_ = 0;        // seconds of the last; 0: something was accepted since
  time_point paused_until_ = time_point::min();

  time_point stretch_began_{};
  time_point judge_at_ = time_point::max();
  double sent_ = 0;
  double refused_ = 0;
  std::size_t calls_sent_ = 0;
  std::size_t calls_refused_ = 0;
};

}  // namespace headway::pace
