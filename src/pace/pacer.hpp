#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "pace/breaker.hpp"
#include "pace/concurrency.hpp"
#include "pace/demand.hpp"
#include "pace/hold.hpp"
#include "pace/pace_options.hpp"
#include "pace/quota.hpp"

namespace headway::pace {

/// What limits the calls of one endpoint, model and key now, with the figures it follows from.
struct PaceSnapshot {
  LimitedBy limited_by = LimitedBy::input;
  std::size_t in_flight = 0;
  std::optional<std::size_t> concurrency_limit;  ///< calls in flight at the most; none: no limit
  double requests_per_minute = 0;                ///< used, by the last 10 to 20 s
  double requests_per_minute_allowed = 0;        ///< 0: not known
  bool requests_limit_guessed = false;           ///< what is allowed is found from refusals: nobody told it
  double tokens_per_minute = 0;                  ///< used, by the last 10 to 20 s
  double tokens_per_minute_allowed = 0;          ///< 0: not known
  bool tokens_limit_guessed = false;
  bool left_alone = false;  ///< the endpoint fails or asked to wait, and gets no calls, or only probes
};

/// When the calls of one endpoint, model and key may be sent: joins Quota, Concurrency and Breaker. A state machine
/// without I/O, told the time, which never goes back. Each attempt: admit() until admitted, then settle() once.
/// Once something was lent to it, it admits nothing beyond that, and nothing after the lease's end.
class Pacer {
 public:
  explicit Pacer(const PaceOptions& options, std::uint64_t seed);

  /// May the next call be sent at `now`? Costs O(1). If so, its reservation is in flight until settled.
  Admission admit(const Demand& demand, time_point now);
  /// An attempt has ended. Costs O(1).
  void settle(const Reservation& reservation, const Attempt& attempt, time_point now);

  /// Takes the place of what was lent before. A first lease, and one after a time without any, starts with empty buckets.
  void lend(const Lease& lease, time_point end, time_point now);
  /// What of the limits it could use, while so many calls wait to be admitted.
  LeaseDemand demand(std::size_t waiting, time_point now);
  /// What its own calls' answers have told, for others.
  void tell(LearnedLimits& out, time_point now) const { quota_.tell(out, now); }
  /// What others' answers have told.
  void learn(const LearnedLimits& limits, time_point now) { quota_.learn(limits, now); }

  std::size_t in_flight() const { return concurrency_.in_flight(); }
  /// Costs O(1).
  PaceSnapshot snapshot(time_point now);

 private:
  bool is_lent(time_point now) const { return !lent_until_ || now < *lent_until_; }
  void ask_all(const Demand& demand, time_point now, Admission& out);
  bool concurrency_admits(time_point now);
  void answered(const Reservation& reservation, time_point now);
  void rejected(const Reservation& reservation, const Attempt& attempt, time_point now);
  bool serves_none() const;
  void failed(const Reservation& reservation, Result result, time_point now);

  double phase_;  // 0 to 1, at random
  Quota quota_;
  Concurrency concurrency_;
  Breaker breaker_;
  Hold no_room_;
  int rejected_in_a_row_ = 0;
  LimitedBy held_back_by_ = LimitedBy::input;  // the last time that a call was
  time_point held_back_at_ = time_point::min();
  std::optional<time_point> lent_until_;  // none: nothing was ever lent, and all is its own
  bool had_lease_ = false;
  bool waits_ = false;  // the last admit() said no
};

}  // namespace headway::pace
