// Quota's part in a limit that is divided among several workers: what is lent to it, what it could use, and what workers
// tell each other.

#include <algorithm>

#include "pace/durations.hpp"
#include "pace/quota.hpp"

namespace headway::pace {
namespace {

constexpr double shortest_wait = 2;  // seconds: a shorter one is over before others have heard of it

}  // namespace

void Quota::lend(double requests_part, double tokens_part, time_point now) noexcept {
  for (const auto kind : all_kinds) limits_[kind].lend(kind == requests ? requests_part : tokens_part, now);
}

void Quota::Kept::lend(double part, time_point now) noexcept {
  minute.lend(part, now);
  day.lend(part, now);
}

void Quota::start(double phase, bool empty, time_point now) noexcept {
  for (auto& kept : limits_) {
    kept.minute.start(phase, empty, now);
    kept.day.start(phase, empty, now);
  }
}

// As many a second as lately, and those that wait within the time that it takes until a lease follows.
void Quota::demand(std::size_t waiting, LeaseDemand& out, time_point now) noexcept {
  constexpr double until_a_lease_follows = 2, longest = 10, headroom = 1.1;
  const double rate = sent_lately_.per_second(now);
  // Who sends a call now and then keeps a few of them waiting anyway.
  const double seconds = rate > 0 ? std::clamp(3 / rate, until_a_lease_follows, longest) : until_a_lease_follows;
  const double calls = headroom * rate + static_cast<double>(waiting) / seconds;
  const double if_not_known = waiting > 0 ? 1 : 0;
  const auto part = [&](Kind kind, double units_a_call) { return limits_[kind].part_of(calls * units_a_call); };
  out.requests = part(requests, 1).value_or(if_not_known);
  const auto both = part(tokens, mean_input_tokens_ + mean_output_tokens_);
  const auto input = part(input_tokens, mean_input_tokens_);
  const auto output = part(output_tokens, mean_output_tokens_);
  const bool known = sent_.requests > 0 && (both || input || output);
  out.tokens = known ? std::max({both.value_or(0), input.value_or(0), output.value_or(0)}) : if_not_known;
}

std::optional<double> Quota::Kept::part_of(double per_second) const noexcept {
  std::optional<double> part;
  for (const auto* limit : {&minute, &day}) {
    if (limit->idle()) continue;
    part = std::max(part.value_or(0), std::min(1.0, per_second / limit->whole_per_second()));
  }
  return part;
}

void Quota::tell(LearnedLimits& out, time_point now) const {
  out.requests = limits_[requests].learned();
  out.tokens = limits_[tokens].learned();
  out.input_tokens = limits_[input_tokens].learned();
  out.output_tokens = limits_[output_tokens].learned();
  const bool waits = told_not_before_ > after(now, shortest_wait);
  out.wait = waits ? std::chrono::ceil<std::chrono::milliseconds>(told_not_before_ - now) : out.wait.zero();
}

std::optional<LearnedLimit> Quota::Kept::learned() const noexcept {
  const auto by_day = day.learned();
  return by_day ? by_day : minute.learned();
}

void Quota::learn(const LearnedLimits& limits, time_point now) noexcept {
  limits_[requests].learn(limits.requests, now);
  limits_[tokens].learn(limits.tokens, now);
  limits_[input_tokens].learn(limits.input_tokens, now);
  limits_[output_tokens].learn(limits.output_tokens, now);
  for (const auto& kept : limits_) active_ = active_ || kept.minute.known() || kept.day.known();
  if (limits.wait.count() <= 0) return;
  const auto until = after(now, seconds_d(limits.wait).count());
  hold_.begin(sent_.requests, until, std::chrono::nanoseconds(0), true, now);
}

void Quota::Kept::learn(const std::optional<LearnedLimit>& limit, time_point now) noexcept {
  const bool makes_sense = limit && limit->limit > 0 && limit->seconds > 0;
  if (!makes_sense) return;
  const bool long_window = limit->seconds >= hour;
  auto& same = long_window ? day : minute;
  auto& other = long_window ? minute : day;
  if (other.learned()) return;
  if (!same.learned()) {
    window.assume(limit->seconds, limit->fixed);
    other.forget_declared(now);
  }
  same.learn(*limit, now);
}

}  // namespace headway::pace
