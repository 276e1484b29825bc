#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>

#include "pace/demand.hpp"
#include "pace/fault_test.hpp"
#include "pace/queue_control.hpp"

namespace headway::pace {

/// How many calls may be in flight at one endpoint: a limit that finds itself, up to a ceiling.
///
/// - A limit set by the user, and a loopback endpoint (no limit), are where it begins. Else it begins at 1, and each good
///   answer adds one (slow start), until open() says that limits are known: then it doubles every 150 ms.
/// - What is lost lowers it, once for all that was in flight at that time: to nine tenths if refused or overloaded,
///   and to what was not refused if that is less; to a half if three or more timed out or were unreachable. One loss
///   in 100 in flight is chance and does nothing; so is one in 20 of all that ended lately, as behind a balancer with
///   one bad server.
/// - What is refused as much as before after that comes at random (FaultTest): it goes back to what it was, and so large
///   a share does nothing from then on.
/// - It comes back as BIC does (Xu, Harfoush, Rhee 2004): by slow start to half of what it was in good times, then half
///   of the way to where it was lowered with each round trip; there it stays for 10 s and 10 round trips; then it
///   tries 1, 2, 4, ... more a round trip. It does not grow while less than half of it is used.
/// - A server that queues and does not refuse: QueueControl.
/// It is never below 1, and when nothing is sent or ends for 10 s it lets one more in, so that calls that hang
/// stop nothing.
class Concurrency {
 public:
  static constexpr double unlimited = std::numeric_limits<double>::infinity();

  /// `ceiling`: 0: none.
  Concurrency(std::size_t ceiling, bool starts_unlimited) noexcept;

  /// May one more call be sent at `now`?
  bool admit(time_point now) noexcept { return has_room() || (limit_ < ceiling_ && find_room(now)); }
  /// Never more than `most` until this is called again; `unlimited`: no such bound. What finds itself is left as it is.
  void lend(double most) noexcept { lent_ = most; }
  /// When admit() said no: when to ask again, if no call ends before.
  time_point ask_again() const noexcept;
  void sent(time_point now) noexcept {
    ++in_flight_;
    last_news_ = now;
    ++round_.sent;
  }

  /// Each call that was sent ends in one of these. `paced`: Quota knows a rate, so that a slow server is no
  /// queue of ours.
  void answered(const Attempt& attempt, bool paced, time_point admitted_at, time_point now) noexcept;
  /// Refused or overloaded. `paced`: Quota answers for it, so that it counts only if a fifth of those in flight is
  /// refused in three round trips, one after the other.
  void rejected(bool paced, time_point admitted_at, time_point now) noexcept;
  /// Quota has found that so large a share of its refusals comes at random.
  void expect(double faults) noexcept { paced_faults_ = faults; }
  /// Timed out or unreachable.
  void lost(time_point admitted_at, time_point now) noexcept;
  /// Told nothing of how many calls the endpoint can hold.
  void ended() noexcept { --in_flight_; }

  /// The provider's limits are known, and Quota keeps them: doubles until nothing is held back.
  void open(time_point now) noexcept;
  /// The endpoint works again after an outage: doubles from a sixteenth of what it was before, at least 4, to half of it.
  void restart(time_point now) noexcept;

  /// The share of refusals that comes however many are in flight.
  double faults() const noexcept { return faults_; }
  /// That, or what is being tested.
  double suspected_faults() const noexcept { return std::max(faults_, test_.share()); }
  /// It doubles until nothing is held back.
  bool ramps() const noexcept { return ramp_to_ > limit_; }
  std::size_t in_flight() const noexcept { return in_flight_; }
  /// At least 1, if not less is lent; `unlimited`: none.
  double limit() const noexcept { return std::min(limit_, lent_); }

 private:
  struct Ends {
    double all = 0;
    double lost = 0;
    double refused = 0;  // also those for which Quota answers
  };

  void ended_with(bool loss, bool refusal, time_point now) noexcept;
  double refused_lately() const noexcept;
  void begin_test(double from, time_point now) noexcept;
  void end_test_round(time_point now) noexcept;
  void judge_test(time_point now) noexcept;
  void found_random() noexcept;
  bool is_chance(double in_flight) const noexcept;
  bool are_faults() const noexcept;
  bool has_room() const noexcept { return static_cast<double>(in_flight_) + 1 <= limit(); }
  bool find_room(time_point now) noexcept;
  void ramp_from(double from, double to, time_point now) noexcept;
  void set_limit(double limit) noexcept;
  bool same_flight(time_point admitted_at) const noexcept { return admitted_at <= lowered_at_; }
  void lower(double factor, time_point now) noexcept;
  void grow(bool round_is_over, time_point now) noexcept;
  void count_paced_refusals(time_point now) noexcept;
  bool round_over(time_point admitted_at, time_point now) noexcept;
  void next_growth(time_point now) noexcept;

  double ceiling_;
  double limit_;
  double lent_ = unlimited;
  std::size_t in_flight_ = 0;
  time_point last_news_ = time_point::min();  // a call was sent, or ended

  double ramp_to_ = 0;  // above the limit: it doubles on demand
  time_point next_step_ = time_point::min();

  double lowered_from_ = unlimited;  // the last time
  double good_times_ = unlimited;    // where it was lowered from before an outage, if there is one
  double in_flight_then_ = 0;
  double lost_then_ = 0;  // of those
  time_point lowered_at_ = time_point::min();
  time_point stays_until_ = time_point::min();
  double growth_ = 0;  // of a round trip

  time_point round_started_ = time_point::min();
  double losses_ = 0;  // of this round trip
  Ends lately_;        // since lately_began_
  Ends before_;        // in as long a time before that
  time_point lately_began_ = time_point::min();
  int rounds_of_refusals_ = 0;
  double paced_refusals_ = 0;  // of this round trip
  double paced_faults_ = 0;
  time_point trouble_began_ = time_point::min();
  bool answered_since_ = true;  // a call that was sent since: no outage

  FaultTest test_;
  // Calls that were sent in one round trip, whether they have ended or not.
  struct Round {
    double sent = 0;
    double refused = 0;
    time_point began = time_point::min();
  };
  Round round_;
  Round round_before_;
  double tested_from_ = 0;   // the limit before it was lowered
  double tested_share_ = 0;  // refused then
  double faults_ = 0;

  QueueControl queue_;
};

}  // namespace headway::pace
