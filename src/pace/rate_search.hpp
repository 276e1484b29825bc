#pragma once

#include <cstddef>
#include <limits>

#include "pace/fault_test.hpp"
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
/// - as many refused as before at a rate that was cut: they come at random (FaultTest). Then it is the rate from before
///   the cut again, and so large a share is no one's fault from then on;
/// - while no refused rate is known, a stretch without refusals doubles the rate.
/// Units are requests or tokens. A state machine without I/O, told the time.
class RateSearch {
 public:
  static constexpr double unlimited = std::numeric_limits<double>::infinity();

  /// Starts at `rate` (units a second, above 0), which is known to be about right, or, if not `known`, is a guess
  /// on the low side. Never goes above `ceiling`.
  void start(double rate, double ceiling, bool known, time_point now) noexcept;
  /// A share of what was sent at `rate` was refused, and nothing else tells of a limit: starts with what was accepted.
  void try_slower(double rate, double share, double ceiling, time_point now) noexcept;
  /// The share of calls that is refused at any rate.
  double faults() const noexcept { return faults_; }
  /// It finds out whether they do.
  bool suspects_faults() const noexcept { return test_.runs(); }
  /// The ceiling has changed: the rate goes with it.
  void set_ceiling(double ceiling) noexcept;
  /// From now on `factor` times as much is ours.
  void scale(double factor) noexcept;
  /// Nothing is to be sent before this.
  time_point paused_until() const noexcept { return paused_until_; }

  double rate() const noexcept { return rate_; }

  void sent(double units) noexcept;
  void refused(double units, time_point sent_at, time_point now) noexcept;
  /// An answer took so many seconds.
  void answered(double seconds) noexcept {
    answer_takes_ += (answer_takes_ == 0 ? 1 : 0.05) * (seconds - answer_takes_);
  }
  /// To be called now and then, at least before every sending.
  void advance(time_point now) noexcept {
    if (now >= judge_at_) judge(now);
  }

 private:
  void judge(time_point now) noexcept;
  void begin_stretch(time_point now) noexcept;
  void pause(double accepted, time_point now) noexcept;
  void slow_down_to_accepted(double accepted, double used) noexcept;
  void slow_down_a_little() noexcept;
  void speed_up(double elapsed) noexcept;
  double accepted_between_storms(time_point now) noexcept;
  bool test_for_faults(time_point now) noexcept;
  void begin_test(double share, double accepted, time_point now) noexcept;
  bool begin_again(time_point now) noexcept;
  void found_random(time_point now) noexcept;
  double calls_known(time_point now) const noexcept;
  double elapsed(time_point now) const noexcept;
  void take_off_faults() noexcept;
  double beyond_faults() const noexcept;
  std::size_t many_calls() const noexcept;
  void wait_for_debts(time_point now) noexcept;
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
  FaultTest test_;
  double tested_rate_ = 0;    // before it was cut
  double tested_share_ = 0;   // refused then
  double accepted_then_ = 0;  // units a second
  double refusal_takes_ = 0;  // seconds
  double answer_takes_ = 0;   // seconds
  time_point test_counts_from_{};
  bool again_ = false;  // known faults are tested
  time_point again_at_{};
  double again_after_ = 0;  // seconds
  double faults_ = 0;
  double most_faults_ = 0;
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
