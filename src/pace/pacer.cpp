#include "pace/pacer.hpp"

#include <algorithm>
#include <cmath>

namespace headway::pace {
namespace {

// A call that was admitted a moment after it had to wait was limited all the same.
constexpr auto moment = std::chrono::seconds(1);

constexpr auto longest_hold = std::chrono::minutes(2);  // then one may ask

}  // namespace

Pacer::Pacer(const PaceOptions& options, std::uint64_t seed)
    : phase_(Random(seed).fraction()),
      quota_(options),
      concurrency_(options.max_concurrency, options.starts_unlimited),
      breaker_(seed) {}

Admission Pacer::admit(const Demand& demand, time_point now) {
  Admission admission;
  ask_all(demand, now, admission);
  waits_ = !admission.admitted;
  if (waits_) {
    held_back_by_ = admission.limited_by;
    held_back_at_ = now;
  }
  return admission;
}

void Pacer::lend(const Lease& lease, time_point end, time_point now) {
  if (!lease.lends()) {
    lent_until_ = time_point::min();
    return;
  }
  const bool anew = !had_lease_ || now >= lent_until_;
  const bool full = lease.fresh && !had_lease_;
  if (anew) quota_.start(phase_ * (1 - std::min(lease.requests, 1.0)), !full, now);
  quota_.lend(std::min(lease.requests, 1.0), std::min(lease.tokens, 1.0), now);
  concurrency_.lend(lease.max_concurrency ? static_cast<double>(*lease.max_concurrency) : Concurrency::unlimited);
  lent_until_ = end;
  had_lease_ = true;
}

LeaseDemand Pacer::demand(std::size_t waiting, time_point now) {
  // More of a rate is of no use to calls that wait for something else, nor are more calls in flight to those that wait
  // for a rate.
  const bool no_place = held_back_by_ == LimitedBy::concurrency && !concurrency_.ramps();
  const bool for_rate = !no_place && held_back_by_ != LimitedBy::server;
  const bool for_place = held_back_by_ == LimitedBy::concurrency || held_back_by_ == LimitedBy::lease;
  LeaseDemand demand;
  quota_.demand(for_rate || !quota_.knows_rate() ? waiting : 0, demand, now);
  demand.in_flight = concurrency_.in_flight();
  demand.concurrency = demand.in_flight + (for_place ? waiting : 1 + demand.in_flight / 8);
  return demand;
}

void Pacer::ask_all(const Demand& demand, time_point now, Admission& out) {
  if (!is_lent(now)) {
    out.limited_by = LimitedBy::lease;
    return;
  }
  if (!concurrency_admits(now)) {
    out.limited_by = LimitedBy::concurrency;
    out.ask_again = concurrency_.ask_again();
    return;
  }
  if (no_room_.holds(now)) {
    out.limited_by = LimitedBy::server;
    out.ask_again = no_room_.ask_again();
    return;
  }
  const auto by_breaker = breaker_.admit(now);
  if (!by_breaker.admitted) {
    out.limited_by = LimitedBy::server;
    out.ask_again = by_breaker.ask_again;
    return;
  }
  // Asked last: its yes spends quota.
  const auto by_quota = quota_.admit(demand, out.reservation, now);
  if (!by_quota.admitted) {
    breaker_.ended(by_breaker.probe);
    out.limited_by = by_quota.by;
    out.ask_again = by_quota.ask_again;
    return;
  }
  concurrency_.sent(now);
  no_room_.sent(now);
  out.admitted = true;
  out.reservation.probe = by_breaker.probe;
}

bool Pacer::concurrency_admits(time_point now) {
  if (concurrency_.admit(now)) return true;
  if (quota_.knows_rate()) concurrency_.open(now);
  return false;
}

void Pacer::settle(const Reservation& reservation, const Attempt& attempt, time_point now) {
  quota_.settle(reservation, attempt, now);
  switch (attempt.result) {
    case Result::answered:
      concurrency_.answered(attempt, quota_.knows_rate(), reservation.admitted_at, now);
      return answered(reservation, now);
    case Result::refused:
    case Result::overloaded:
      return rejected(reservation, attempt, now);
    case Result::server_error:
    case Result::timed_out:
    case Result::unreachable:
      return failed(reservation, attempt.result, now);
    case Result::not_sent:
    case Result::cancelled:
      concurrency_.ended();
      return breaker_.ended(reservation.probe);
  }
}

void Pacer::answered(const Reservation& reservation, time_point now) {
  no_room_.answered(reservation.sent_before.requests);
  rejected_in_a_row_ = 0;
  if (breaker_.answered(reservation.probe, reservation.admitted_at, now)) concurrency_.restart(now);
}

// No failure. What has no room while other calls are in flight is too many in flight; what has none for a single
// call is left alone for a while.
void Pacer::rejected(const Reservation& reservation, const Attempt& attempt, time_point now) {
  const bool paced = attempt.result == Result::refused && quota_.knows_rate();
  const bool told_nothing_new = !breaker_.closed();
  if (paced) concurrency_.expect(quota_.suspects_faults() ? 1 : quota_.faults());
  if (told_nothing_new) {
    concurrency_.ended();
  } else {
    concurrency_.rejected(paced, reservation.admitted_at, now);
  }
  if (paced) return answered(reservation, now);
  ++rejected_in_a_row_;
  if (attempt.result == Result::overloaded && attempt.server_wait && concurrency_.faults() == 0) {
    const auto until = now + std::min<std::chrono::nanoseconds>(*attempt.server_wait, longest_hold);
    no_room_.begin(reservation.sent_before.requests, until, now - reservation.admitted_at, told_nothing_new, now);
  }
  if (serves_none() || (reservation.probe && told_nothing_new)) {
    breaker_.no_room(reservation.probe, now);
  } else {
    breaker_.ended(reservation.probe);
  }
}

// So many in a row that it is no chance.
bool Pacer::serves_none() const {
  constexpr double chance = 1e-3;
  return concurrency_.in_flight() == 0 && std::pow(concurrency_.suspected_faults(), rejected_in_a_row_) < chance;
}

void Pacer::failed(const Reservation& reservation, Result result, time_point now) {
  // What fails while the endpoint is known to fail says nothing of how many calls it can hold.
  if (result == Result::server_error || !breaker_.closed()) {
    concurrency_.ended();
  } else {
    concurrency_.lost(reservation.admitted_at, now);
  }
  breaker_.failed(reservation.probe, result == Result::unreachable, now);
}

PaceSnapshot Pacer::snapshot(time_point now) {
  PaceSnapshot snapshot;
  if (waits_ || held_back_at_ > now - moment) snapshot.limited_by = held_back_by_;
  snapshot.in_flight = concurrency_.in_flight();
  if (concurrency_.limit() < Concurrency::unlimited) {
    snapshot.concurrency_limit = static_cast<std::size_t>(concurrency_.limit());
  }
  snapshot.requests_per_minute = quota_.requests_used_per_minute(now);
  snapshot.requests_per_minute_allowed = quota_.requests_allowed_per_minute();
  snapshot.requests_limit_guessed = quota_.requests_guessed();
  snapshot.tokens_per_minute = quota_.tokens_used_per_minute(now);
  snapshot.tokens_per_minute_allowed = quota_.tokens_allowed_per_minute();
  snapshot.tokens_limit_guessed = quota_.tokens_guessed();
  snapshot.left_alone = !breaker_.closed() || no_room_.lasts(now);
  return snapshot;
}

}  // namespace headway::pace
