#include "pace/quota.hpp"

#include <algorithm>
#include <cmath>

#include "pace/durations.hpp"

namespace headway::pace {
namespace {

constexpr double day = 86'400;

constexpr double memory = 0.005;           // of the last two hundred calls or so
constexpr double share_that_tells = 0.04;  // refused: eight in a row

double most_output(const Demand& demand, double otherwise) {
  return demand.max_tokens ? static_cast<double>(std::max<std::int64_t>(0, *demand.max_tokens)) : otherwise;
}

}  // namespace

Quota::Quota(const PaceOptions& options) {
  limits_[requests].minute.set(options.requests_per_minute, minute, options.share, true);
  limits_[requests].day.set(options.requests_per_day, day, options.share, true);
  limits_[tokens].minute.set(options.tokens_per_minute, minute, options.share, false);
  limits_[tokens].day.set(options.tokens_per_day, day, options.share, false);
  limits_[input_tokens].minute.set(options.input_tokens_per_minute, minute, options.share, false);
  limits_[input_tokens].day.set(0, day, options.share, false);
  limits_[output_tokens].minute.set(options.output_tokens_per_minute, minute, options.share, false);
  limits_[output_tokens].day.set(0, day, options.share, false);
  for (const auto& kept : limits_) active_ = active_ || kept.minute.known() || kept.day.known();
}

QuotaAnswer Quota::admit(const Demand& demand, Reservation& out, time_point now) {
  if (hold_.holds(now)) return {false, hold_.ask_again(), LimitedBy::server};
  estimate(demand, out, now);
  if (active_) {
    double wait = 0;
    for (const auto kind : all_kinds) {
      const double needed = limits_[kind].wait_for(units(kind, out), margin(kind), now);
      if (needed > wait) limited_by_ = kind;
      wait = std::max(wait, needed);
    }
    if (wait > 0) {
      return {false, after(now, wait), limited_by_ == requests ? LimitedBy::requests : LimitedBy::tokens};
    }
    for (const auto kind : all_kinds) limits_[kind].take(units(kind, out), now);
  }
  count(out);
  hold_.sent(now);
  requests_used_.add(1, now);
  sent_lately_.add(now);
  return {true, now, LimitedBy::input};
}

void Quota::estimate(const Demand& demand, Reservation& out, time_point now) const noexcept {
  out.demand = demand;
  out.input_tokens = estimate_.input(demand);
  out.output_tokens = estimate_.output(demand);
  out.admitted_at = now;
  out.sent_before = sent_;
}

void Quota::count(const Reservation& reservation) noexcept {
  if (sent_.requests == 0) first_sent_ = reservation.admitted_at;
  sent_.requests += 1;
  sent_.input_tokens += reservation.input_tokens;
  sent_.output_tokens += reservation.output_tokens;
  sent_.most_output_tokens += most_output(reservation.demand, reservation.output_tokens);
  ++in_flight_;
  constexpr double gain = 0.02;
  const double weight = std::max(gain, 1 / sent_.requests);
  mean_input_tokens_ += weight * (reservation.input_tokens - mean_input_tokens_);
  mean_output_tokens_ += weight * (charged_output(reservation) - mean_output_tokens_);
}

double Quota::Kept::wait_for(double units, double margin, time_point now) noexcept {
  const double by_minute = minute.idle() ? 0 : minute.wait_for(units, margin, now);
  return day.idle() ? by_minute : std::max(by_minute, day.wait_for(units, margin, now));
}

void Quota::Kept::take(double units, time_point now) noexcept {
  if (!minute.idle()) minute.take(units, now);
  if (!day.idle()) day.take(units, now);
}

double Quota::charged_output(const Reservation& reservation) const noexcept {
  return charges_most_ ? most_output(reservation.demand, reservation.output_tokens) : reservation.output_tokens;
}

double Quota::units(Kind kind, const Reservation& reservation) const noexcept {
  switch (kind) {
    case requests:
      return 1;
    case tokens:
      return reservation.input_tokens + charged_output(reservation);
    case input_tokens:
      return reservation.input_tokens;
    case output_tokens:
      break;
  }
  return charged_output(reservation);
}

double Quota::set_aside(Kind kind) const noexcept {
  return total(kind, sent_, charges_most_ ? sent_.most_output_tokens : sent_.output_tokens);
}

double Quota::charged(Kind kind, const Sums& sums) const noexcept {
  return total(kind, sums, charges_most_ ? sums.most_output_tokens : sums.ended_output_tokens);
}

double Quota::ended(Kind kind, const Sums& sums) const noexcept {
  Sums all;
  all.requests = sums.ended_requests;
  all.input_tokens = sums.ended_input_tokens;
  return total(kind, all, charges_most_ ? sums.ended_most_output_tokens : sums.ended_output_tokens);
}

double Quota::total(Kind kind, const Sums& sums, double output) noexcept {
  switch (kind) {
    case requests:
      return sums.requests;
    case tokens:
      return sums.input_tokens + output;
    case input_tokens:
      return sums.input_tokens;
    case output_tokens:
      break;
  }
  return output;
}

double Quota::margin(Kind kind) const noexcept {
  return kind == requests || charges_most_ ? 0 : estimate_.margin(in_flight_);
}

void Quota::settle(const Reservation& reservation, const Attempt& attempt, time_point now) {
  --in_flight_;
  switch (attempt.result) {
    case Result::refused:
    case Result::overloaded:
    case Result::not_sent:
    case Result::unreachable:
      give_back(reservation, attempt.result);
      break;
    default:
      settle_usage(reservation, attempt, now);
  }
  const bool failed = attempt.result != Result::answered && attempt.result != Result::cancelled;
  if (failed && attempt.result != Result::not_sent) limits_[requests].excuse(1);
  if (attempt.result == Result::answered) learn_who_tells(!attempt.limits.empty(), now);
  if (!attempt.limits.empty() && answers_tell_.value_or(true)) read(reservation, attempt.limits, now);
  const bool was_refused = attempt.result == Result::refused;
  if (was_refused || attempt.result == Result::answered) lately_refused_ += memory * (was_refused - lately_refused_);
  if (was_refused) refused(reservation, attempt, now);
  if (attempt.result == Result::answered) answered(reservation, now);
  if (foreseen_ > 0 && attempt.result == Result::answered) foreseen_ *= 0.99;
}

// Who tells limits tells them with good answers too (OpenAI, Azure, Anthropic, Groq and others do). What stands on refusals
// alone is a gateway's, or made up, and measures nothing: how long to wait holds, the rest does not.
void Quota::learn_who_tells(bool told, time_point now) noexcept {
  if (answers_tell_.value_or(false)) return;
  const bool first = !answers_tell_;
  answers_tell_ = told;
  if (told || !first) return;
  for (auto& kept : limits_) {
    for (auto* limit : {&kept.minute, &kept.day}) {
      if (limit->learned()) limit->forget_declared(now);
    }
  }
}

void Quota::answered(const Reservation& reservation, time_point now) noexcept {
  if (hold_.answered(reservation.sent_before.requests)) told_not_before_ = time_point::min();
  if (!active_) return;
  for (const auto kind : all_kinds)
    limits_[kind].minute.answered(units(kind, reservation), reservation.admitted_at, now);
}

void Quota::settle_usage(const Reservation& reservation, const Attempt& attempt, time_point now) noexcept {
  double input = reservation.input_tokens, output = reservation.output_tokens;
  if (attempt.result == Result::server_error) output = 0;
  if (attempt.input_tokens) input = static_cast<double>(*attempt.input_tokens);
  if (attempt.output_tokens) output = static_cast<double>(*attempt.output_tokens);
  if (attempt.input_tokens && attempt.output_tokens) estimate_.learn(reservation, input, output);
  const bool used = attempt.result == Result::answered;
  if (used) tokens_used_.add(input + output, now);
  const double more_input = input - reservation.input_tokens;
  const double more_output = output - reservation.output_tokens;
  sent_.input_tokens += more_input;
  sent_.output_tokens += more_output;
  sent_.ended_requests += 1;
  sent_.ended_input_tokens += input;
  sent_.ended_output_tokens += output;
  sent_.ended_most_output_tokens += most_output(reservation.demand, reservation.output_tokens);
  if (!active_) return;
  limits_[input_tokens].correct(more_input);
  const double charged = charges_most_ && used ? charged_output(reservation) : output;
  limits_[output_tokens].correct(charged - charged_output(reservation));
  limits_[tokens].correct(more_input + charged - charged_output(reservation));
}

// What was sent stays in the sums, as if it had been charged: readings of calls sent before it cannot know better, and
// those of calls sent after it do.
void Quota::give_back(const Reservation& reservation, Result result) noexcept {
  const bool sent = result != Result::not_sent;
  sent_.ended_requests += 1;
  sent_.ended_input_tokens += reservation.input_tokens;
  sent_.ended_output_tokens += reservation.output_tokens;
  sent_.ended_most_output_tokens += most_output(reservation.demand, reservation.output_tokens);
  if (!sent) not_sent_ += 1;
  if (!active_) return;
  for (const auto kind : all_kinds) {
    const bool counted = kind == requests && sent && result != Result::refused;
    if (!counted) limits_[kind].give_back(units(kind, reservation), sent, reservation.admitted_at);
  }
}

void Quota::Kept::correct(double units) noexcept {
  minute.correct(units);
  day.correct(units);
}

void Quota::Kept::give_back(double units, bool sent, time_point sent_at) noexcept {
  minute.give_back(units, sent, sent_at);
  day.give_back(units, sent, sent_at);
}

void Quota::Kept::excuse(double units) noexcept {
  minute.excuse(units);
  day.excuse(units);
}

void Quota::read(const Reservation& reservation, const LimitSnapshot& limits, time_point now) noexcept {
  learn_charge(limits.tokens, reservation);
  read(requests, limits.requests, reservation, now);
  read(tokens, limits.tokens, reservation, now);
  read(input_tokens, limits.input_tokens, reservation, now);
  read(output_tokens, limits.output_tokens, reservation, now);
  for (const auto& kept : limits_) active_ = active_ || kept.minute.known() || kept.day.known();
}

void Quota::read(Kind kind, const LimitReading& reading, const Reservation& reservation, time_point now) noexcept {
  if (!reading.limit) return;
  auto& kept = limits_[kind];
  kept.window.read(reading, reservation.admitted_at, now);
  Declared declared;
  declared.reading = reading;
  declared.window_seconds = kept.window.seconds();
  declared.fixed = kept.window.fixed();
  declared.admitted_at = reservation.admitted_at;
  // An answer is charged at its end, or its most at once: of this call only what it took at once is in the reading.
  const bool output_at_once = charges_most_ && (kind == tokens || kind == output_tokens);
  const double input = kind == output_tokens ? 0 : reservation.input_tokens;
  const double at_once = input + (output_at_once ? charged_output(reservation) : 0);
  declared.sent_then = charged(kind, reservation.sent_before) + (kind == requests ? 1 : at_once);
  declared.sent_now = set_aside(kind);
  declared.uncounted = set_aside(kind) - ended(kind, reservation.sent_before) - (kind == requests ? 1 : 0);
  declared.in_flight = static_cast<double>(in_flight_);
  declared.used = set_aside(kind) - (kind == requests ? refused_ + not_sent_ : 0);
  declared.seconds = seconds_d(now - first_sent_).count();
  const bool long_window = declared.window_seconds >= hour;
  (long_window ? kept.minute : kept.day).forget_declared(now);
  (long_window ? kept.day : kept.minute).read(declared, now);
}

void Quota::learn_charge(const LimitReading& reading, const Reservation& reservation) noexcept {
  if (!reading.limit || !reading.remaining) return;
  const Charge charge{*reading.remaining, reservation.sent_before, reservation.admitted_at};
  if (!last_charge_) {
    charges_most_ = true;  // the safe side until readings tell
    last_charge_ = charge;
    return;
  }
  const double passed = seconds_d(charge.at - last_charge_->at).count();
  constexpr double shortest = 1;
  // A call that took less than its most was not charged that; near a full bucket nothing else tells.
  constexpr double nearly = 0.9;
  const double own_most = reservation.input_tokens + most_output(reservation.demand, reservation.output_tokens);
  if (*reading.limit - *reading.remaining < nearly * own_most) vote_for_most(-1);
  if (passed < shortest) return;
  const double input = charge.sent.input_tokens - last_charge_->sent.input_tokens;
  const double used = input + charge.sent.ended_output_tokens - last_charge_->sent.ended_output_tokens;
  const double most = input + charge.sent.most_output_tokens - last_charge_->sent.most_output_tokens;
  const double charged = last_charge_->remaining + *reading.limit * passed / minute - charge.remaining;
  constexpr double full = 0.98, clearly = 1.2;
  const bool tells = charge.remaining < full * *reading.limit && most > clearly * used;
  last_charge_ = charge;
  if (!tells) return;
  vote_for_most(std::abs(charged - most) < std::abs(charged - used) ? 1 : -1);
}

void Quota::vote_for_most(int vote) noexcept {
  constexpr int most_votes = 6, enough = 3;
  votes_for_most_ = std::clamp(votes_for_most_ + vote, -most_votes, most_votes);
  if (votes_for_most_ >= enough) charges_most_ = true;
  if (votes_for_most_ <= -enough) charges_most_ = false;
}

void Quota::refused(const Reservation& reservation, const Attempt& attempt, time_point now) noexcept {
  if (attempt.server_wait) {
    told_not_before_ = std::max(told_not_before_, after(now, seconds_d(*attempt.server_wait).count()));
  }
  refused_ += 1;
  const bool in_a_row = row_.refused(reservation.sent_before.requests, std::max(lately_refused_, faults()));
  const bool known_why = foreseen(reservation, now);
  if (known_why || in_a_row || (faults() == 0 && !suspects_faults())) hold(reservation, attempt, now);
  if (known_why) return;
  // Where nothing tells of a limit, some in a row do: one in a hundred, at random, is a server's own fault.
  if (active_ || in_a_row || lately_refused_ >= share_that_tells) not_foreseen(reservation, in_a_row, now);
}

// Nothing is sent for as long as the server says; without a word, until those that were sent with it may be refused too.
void Quota::hold(const Reservation& reservation, const Attempt& attempt, time_point now) noexcept {
  constexpr std::chrono::nanoseconds longest_hush = std::chrono::milliseconds(200);
  const auto took = now - reservation.admitted_at;
  const bool hush = !attempt.server_wait && !active_ && in_flight_ > 0;
  const auto until = hush ? now + std::min(took, longest_hush) : told_not_before_;
  if (hush || attempt.server_wait) hold_.begin(reservation.sent_before.requests, until, took, knows_limit(), now);
}

bool Quota::knows_limit() const noexcept {
  return std::ranges::any_of(limits_, [](const auto& kept) { return kept.minute.known() || kept.day.known(); });
}

double Quota::faults() const noexcept {
  double most = 0;
  for (const auto& kept : limits_) most = std::max(most, kept.minute.faults());
  return most;
}

bool Quota::suspects_faults() const noexcept {
  return std::ranges::any_of(limits_, [](const auto& kept) { return kept.minute.suspects_faults(); });
}

// Where the level is low all the time, yet refusals go on, something else refuses.
bool Quota::foreseen(const Reservation& reservation, time_point now) noexcept {
  constexpr double too_many = 10;
  bool found = false;
  for (const auto kind : all_kinds) {
    for (auto* limit : {&limits_[kind].minute, &limits_[kind].day}) {
      if (!limit->foresees_refusal(units(kind, reservation), margin(kind))) continue;
      limit->drain(reservation.admitted_at, now);
      found = true;
    }
  }
  if (!found || reservation.admitted_at < foreseen_at_) return found;
  foreseen_at_ = now;
  foreseen_ += 1;
  return foreseen_ < too_many;
}

void Quota::not_foreseen(const Reservation& reservation, bool in_a_row, time_point now) noexcept {
  const bool none_even = std::ranges::none_of(limits_, [](const auto& kept) { return kept.minute.even(); });
  if (none_even) {
    for (auto& kept : limits_) {
      if (kept.minute.known()) kept.minute.pace_evenly(0, now);
    }
  }
  auto& limiting = limits_[limited_by_].minute;
  const auto kind = limiting.known() || limiting.even() ? limited_by_ : requests;
  auto& limit = limits_[kind].minute;
  if (limit.even()) {
    if (!none_even) limit.refused(units(kind, reservation), reservation.admitted_at, now);
    return;
  }
  if (none_even && std::ranges::any_of(limits_, [](const auto& kept) { return kept.minute.even(); })) return;
  find_rate(limit, in_a_row, now);
  active_ = true;
}

// A full bucket of a minute may have gone out at once, if all is refused now: what went out is then the limit of a minute
// and what it has filled since. The low side; doubling finds out.
void Quota::find_rate(Limit& limit, bool in_a_row, time_point now) noexcept {
  if (in_a_row) {
    const double passed = seconds_d(now - first_sent_).count();
    return limit.pace_evenly(std::max(1.0, sent_.requests - refused_) / (minute + passed), now);
  }
  limit.try_slower(sending_rate(now), std::max(share_that_tells, refused_ / sent_.requests), now);
}

double Quota::sending_rate(time_point now) noexcept {
  constexpr double shortest = 0.01, long_enough = 1;
  const double passed = std::max(shortest, seconds_d(now - first_sent_).count());
  return passed < long_enough ? sent_.requests / passed : std::max(1.0, sent_lately_.per_second(now));
}

double Quota::requests_allowed_per_minute() const noexcept {
  return minute * limits_[requests].minute.per_second();
}

double Quota::tokens_allowed_per_minute() const noexcept {
  return minute * limits_[tokens].minute.per_second();
}

bool Quota::requests_guessed() const noexcept {
  return limits_[requests].minute.guessed();
}

bool Quota::tokens_guessed() const noexcept {
  return limits_[tokens].minute.guessed();
}

}  // namespace headway::pace
