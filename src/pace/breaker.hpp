#pragma once

#include <cstdint>

#include "pace/demand.hpp"
#include "pace/random.hpp"

namespace headway::pace {

/// What Breaker says to a call that wants to be sent.
struct BreakerAnswer {
  bool admitted = false;
  bool probe = false;                        ///< if admitted: to see whether the endpoint works again
  time_point ask_again = time_point::max();  ///< if not admitted
};

/// The circuit breaker of one endpoint: leaves alone for a while what fails, then tries it with a few probes.
///
/// - Closed, it opens on 5 failures in a row (Envoy's outlier detection), or when half of at least 20 attempts of
///   the last 10 to 20 s failed. An answer breaks the row only if its call was sent after the first of them; and as many
///   of the calls sent since must have failed as not, for failures often come long before answers.
/// - Open, it admits nothing for 1 s; half as long again with each failed probe; at the most 30 s (Envoy's base). So
///   the end of an outage is noticed after about half its length more. Where connections broke or cannot be made it is
///   0.1 s and 5 s at the most: to find that out costs nobody anything.
/// - Half open, it admits 3 probes, and one more each time the open time passes without news of them. One that is
///   answered closes it; one that fails opens it again.
/// - Closed, what it admits after 3 failures in a row is a probe too: the call need not pay for what fails for all.
/// What was sent before it opened and ends later changes nothing. It never shuts an endpoint out for ever.
class Breaker {
 public:
  explicit Breaker(std::uint64_t seed) noexcept : random_(seed) {}

  /// May a call be sent at `now`?
  BreakerAnswer admit(time_point now) noexcept {
    if (state_ == State::closed) {
      ++sent_since_;
      return {true, failures_in_a_row_ >= doubtful, now};
    }
    return admit_with_care(now);
  }

  /// The endpoint answered a call. Returns whether this closed it.
  bool answered(bool probe, time_point admitted_at, time_point now) noexcept;
  /// It failed. `connection`: no connection, or a broken one; those that end together, as when one connection of
  /// many calls breaks, count as one.
  void failed(bool probe, bool connection, time_point now) noexcept;
  /// It has no room even for one call: it is left alone for 0.1 s first, half as long again each time, 5 s at the most.
  void no_room(bool probe, time_point now) noexcept;
  /// What was admitted was not sent after all, or ended and told nothing.
  void ended(bool probe) noexcept;

  bool closed() const noexcept { return state_ == State::closed; }

 private:
  static constexpr std::uint32_t doubtful = 3;
  enum class State { closed, open, half_open };
  struct Counts {
    std::uint32_t answered = 0;
    std::uint32_t failed = 0;
  };

  BreakerAnswer admit_with_care(time_point now) noexcept;
  void open_after_failure(bool connection, time_point now) noexcept;
  void open(std::chrono::nanoseconds first, std::chrono::nanoseconds longest, time_point now) noexcept;
  void roll_window(time_point now) noexcept;
  bool row_is_too_long() const noexcept;
  bool too_many_failed() const noexcept;

  State state_ = State::closed;
  std::uint32_t failures_in_a_row_ = 0;
  std::uint32_t sent_since_ = 0;              // the first of them
  time_point row_began_ = time_point::min();  // with the first of them
  Counts current_;
  Counts previous_;
  time_point window_ends_ = time_point::min();
  time_point counted_at_ = time_point::min();  // the last failed connection that counted
  time_point until_ = time_point::min();       // open: when it is half open; half open: when one more probe may go
  time_point calm_from_ = time_point::min();   // closed: when its next opening is a new trouble
  std::chrono::nanoseconds open_for_{0};
  std::uint32_t probes_left_ = 0;
  Random random_;
};

}  // namespace headway::pace
