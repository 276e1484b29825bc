#pragma once

#include <optional>

#include <headway/learned_limits.hpp>

#include "base/limit_snapshot.hpp"
#include "pace/rate_search.hpp"
#include "pace/refill_doubt.hpp"
#include "pace/token_bucket.hpp"

namespace headway::pace {

/// What an answer's headers said of one limit.
struct Declared {
  LimitReading reading;
  double window_seconds = 60;
  bool fixed = false;      ///< a window that ends, not a bucket that fills all the time
  time_point admitted_at;  ///< of the call that was answered
  double sent_then = 0;    ///< units sent until then, itself included
  double sent_now = 0;     ///< units sent until now
  double uncounted = 0;    ///< units of others that were under way while it was: the reading may not know them
  double in_flight = 0;    ///< units under way now
  double used = 0;         ///< units sent until now, less what was given back
  double seconds = 0;      ///< since the first of them
};

/// One limit of a provider: so many requests, or tokens, in so much time. Three buckets, and a call needs room in each:
/// - the level: what is left of the window. Spending lowers it, time fills it, headers correct it. A server may count calls
///   in another order than they were sent. That less is left is believed as if it did not; that more is left, only as far
///   as it holds when none of the calls is counted that were under way while the answered one was.
/// - the bound: what was sent since the bucket was full at most. Of the limit that the user has set; else of the declared
///   one, if we count as the provider does. No header lifts it.
///   Where no reading tells a reset, what time should have filled is in doubt (RefillDoubt).
/// - the pace: sends evenly, with a small burst, where the user has set the limit and headers declare none that is as low.
///   A declared `remaining` doubles the burst every 200 ms, under a lease every second, until the whole level may go out.
///   The first refusal that the level did not foresee shows slices: from then on the pace is even, at the rate that
///   RateSearch finds.
/// A state machine without I/O, told the time.
class Limit {
 public:
  /// `limit`: as the user set it; 0: not known. `share`: of any limit, above 0 up to 1. `counted`: our count of its units
  /// is the provider's.
  void set(double limit, double window_seconds, double share, bool counted) noexcept;

  /// Only `part` of our share is ours from now on, the rest is lent to other workers: above 0, up to 1. What is left of
  /// a bucket is never more after this than before.
  void lend(double part, time_point now) noexcept;
  /// The first lease begins, or one after a time without. `empty`: others may have used what is left, known now or later;
  /// a fixed window is not emptied, it would stay so to its end. `phase` (0 to 1) of a call is owed besides: workers
  /// that begin together and seldom send would else always send together.
  void start(double phase, bool empty, time_point now) noexcept;

  bool known() const noexcept { return capacity_ > 0; }
  /// Its rate is found from refusals, and no limit is known.
  bool guessed() const noexcept { return even() && !known(); }
  bool even() const noexcept { return pacing_ == Pacing::even; }
  /// Nothing is known: any call may be sent.
  bool idle() const noexcept { return !known() && !even(); }
  /// Units a second that are kept; 0: not known.
  double per_second() const noexcept;
  /// The same if nothing were lent to others.
  double whole_per_second() const noexcept { return per_second() / part_; }

  /// Seconds until `units` may be sent, if up to `margin` more may be in use than is thought; 0: now.
  double wait_for(double units, double margin, time_point now) noexcept;
  void take(double units, time_point now) noexcept;
  /// A call used so much more than was taken for it; negative: less.
  void correct(double units) noexcept;

  /// A call that was refused or not sent used nothing. A reading that is younger knows. `sent`: it was, and counts for a
  /// limit that the user has set.
  void give_back(double units, bool sent, time_point sent_at) noexcept;
  /// A call that was sent has failed: the provider may not have counted it, the user's own limit does.
  void excuse(double units) noexcept {
    if (set_ == 0) bound_.level += units;
  }

  void read(const Declared& declared, time_point now) noexcept;
  /// What another client has read, of which only the limit holds here too, and that it was refused in slices.
  void learn(const LearnedLimit& limit, time_point now) noexcept;
  /// What headers have told us ourselves.
  std::optional<LearnedLimit> learned() const noexcept;
  /// The headers speak of another window.
  void forget_declared(time_point now) noexcept;

  /// Whether a refusal of `units` is no wonder, since next to nothing is left.
  bool foresees_refusal(double units, double margin) const noexcept;
  /// A refusal of what was sent then has shown that nothing is left.
  void drain(time_point sent_at, time_point now) noexcept;
  /// A refusal that was not foreseen: sends evenly from now on. `guess`: units a second, if the limit is not known.
  void pace_evenly(double guess, time_point now) noexcept;
  /// Such a share is refused of what is sent at that rate, units a second, and no limit is known: tries less.
  void try_slower(double rate, double share, time_point now) noexcept;
  /// The share of refusals that comes at any rate.
  double faults() const noexcept { return even() ? search_.faults() : 0; }
  bool suspects_faults() const noexcept { return even() && search_.suspects_faults(); }
  void answered(double units, time_point sent_at, time_point now) noexcept;
  /// A further one of that kind.
  void refused(double units, time_point sent_at, time_point now) noexcept;

 private:
  enum class Pacing { none, set, ramp, even };

  double share() const noexcept { return share_ * part_; }
  bool in_doubt() const noexcept;
  void begin_search(double guess, time_point now) noexcept;
  void declare(double limit, double window_seconds, bool fixed) noexcept;
  void update_capacity() noexcept;
  void update_bound() noexcept;
  bool bound_holds() const noexcept;
  void pace_as_set() noexcept;
  void refill(time_point now) noexcept;
  void update_pace(time_point now) noexcept;
  void grow_burst(time_point now) noexcept;
  double level_wait(double units, double margin, time_point now) const noexcept;
  double bound_wait(double units, double margin) const noexcept;
  double reserve(double margin) const noexcept;
  double small_burst() const noexcept;
  void read_end(const Declared& declared, time_point now) noexcept;
  void read_level(const Declared& declared, time_point now) noexcept;
  void lower(const Declared& declared, time_point now) noexcept;
  void lift(const Declared& declared) noexcept;
  void read_others(const Declared& declared, double thought, bool less_than_thought) noexcept;

  double share_ = 1;
  bool counted_ = false;
  double part_ = 1;  // of our share, the others' parts being lent to other workers
  double set_ = 0;
  double set_window_ = 60;
  double declared_ = 0;  // by headers; 0: not known
  double declared_window_ = 60;
  bool declared_fixed_ = false;
  bool by_headers_ = false;  // what is declared is the lower, and holds
  bool hearsay_ = false;     // what is declared was read by another client
  double capacity_ = 0;      // our share of the lower of the two; 0: not known
  double window_ = 60;

  TokenBucket level_;
  RefillDoubt doubt_;
  TokenBucket bound_;
  bool leased_ = false;
  bool starts_empty_ = false;
  double phase_ = 0;
  double others_ = 0;                     // units a second that others use beyond what is theirs
  bool fixed_ = false;                    // the level is full again at the window's end, and does not fill before
  std::optional<time_point> window_end_;  // none: nothing was sent yet
  bool end_is_told_ = false;
  time_point no_end_before_ = time_point::min();  // windows that were told to end do so once in their length
  time_point read_until_ = time_point::min();     // the youngest call whose reading is in the level
  std::optional<Declared> last_read_;             // of those that told of others

  Pacing pacing_ = Pacing::none;
  TokenBucket pace_;
  RateSearch search_;
  time_point burst_grows_at_{};
  double units_a_call_ = 1;
};

}  // namespace headway::pace
