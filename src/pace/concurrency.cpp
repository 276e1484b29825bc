#include "pace/concurrency.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace headway::pace {
namespace {

using namespace std::chrono_literals;

constexpr double factor_rejected = 0.9;  // a refusal costs little, and tells at once
constexpr double factor_lost = 0.5;      // RFC 5681: a timeout says more than a refusal
constexpr double fewest_lost = 3;        // an idle connection that the server has closed is no sign of load
constexpr double tolerated_share = 0.05;
constexpr auto shortest_lately = 100ms;
constexpr double stray_losses = 0.01;  // losses for each call in flight that do nothing
constexpr double share_of_paced_refusals = 0.2;
constexpr double fewest_paced_refusals = 4;
constexpr int rounds_of_paced_refusals = 3;
constexpr auto shortest_stay = 10s;
constexpr int rounds_of_a_stay = 10;
constexpr auto ramp_step = 150ms;
constexpr double restart_at = 4;
constexpr double restart_share = 1.0 / 16;  // of what it was
constexpr auto patience = 10s;
constexpr double as_good_as_unlimited = 1 << 20;

}  // namespace

Concurrency::Concurrency(std::size_t ceiling, bool starts_unlimited) noexcept
    : ceiling_(ceiling == 0 ? unlimited : static_cast<double>(ceiling)),
      limit_(ceiling != 0 || starts_unlimited ? ceiling_ : 1),
      queue_(ceiling == 0 && !starts_unlimited) {}

void Concurrency::answered(const Attempt& attempt, bool paced, time_point admitted_at, time_point now) noexcept {
  last_news_ = now;
  ended_with(false, false, now);
  if (admitted_at > round_.began) end_test_round(now);
  const bool round_is_over = round_over(admitted_at, now);
  if (admitted_at > trouble_began_) answered_since_ = true;
  if (round_is_over) count_paced_refusals(now);
  if (limit_ < ceiling_) grow(round_is_over, now);
  if (!paced) {
    if (const auto limit = queue_.answered(attempt, static_cast<double>(in_flight_), limit_, now)) {
      set_limit(*limit);
      lowered_from_ = good_times_ = limit_;
      ramp_to_ = growth_ = 0;
    }
  }
  --in_flight_;
}

void Concurrency::rejected(bool paced, time_point admitted_at, time_point now) noexcept {
  last_news_ = now;
  ended_with(!paced, true, now);
  const auto in_flight = static_cast<double>(in_flight_--);
  const bool tells = test_.runs() && !same_flight(admitted_at);
  if (admitted_at > round_before_.began) ++(admitted_at > round_.began ? round_ : round_before_).refused;
  if (paced) {
    ++paced_refusals_;
  } else if (tells) {
    ++losses_;
  } else if (same_flight(admitted_at)) {
    // What it held then is what it did not reject.
    ++lost_then_;
    set_limit(std::min(limit_, in_flight_then_ - lost_then_));
  } else if (++losses_; !(faults_ > 0 ? are_faults() : is_chance(in_flight))) {
    in_flight_then_ = in_flight + losses_ - 1;
    lost_then_ = losses_;
    lower(factor_rejected, now);
  }
}

// Refusals of a rate that is too high end when Quota has lowered it, and those at the end of a fixed minute stop all
// answers; what is refused round trip after round trip, while other calls are answered, is too many in flight.
void Concurrency::count_paced_refusals(time_point now) noexcept {
  const auto in_flight = static_cast<double>(in_flight_);
  const double at_random = 2 * paced_faults_ / (1 - paced_faults_);  // a round trip
  const double share = share_of_paced_refusals + at_random;
  const bool many = paced_refusals_ >= std::max(fewest_paced_refusals, share * in_flight);
  rounds_of_refusals_ = many ? rounds_of_refusals_ + 1 : 0;
  paced_refusals_ = 0;
  if (rounds_of_refusals_ < rounds_of_paced_refusals) return;
  rounds_of_refusals_ = 0;
  in_flight_then_ = in_flight;
  lost_then_ = 0;
  lower(factor_rejected, now);
}

void Concurrency::lost(time_point admitted_at, time_point now) noexcept {
  last_news_ = now;
  ended_with(true, false, now);
  const auto in_flight = static_cast<double>(in_flight_--);
  if (same_flight(admitted_at)) return;
  ++losses_;
  if (losses_ < fewest_lost || is_chance(in_flight)) return;
  in_flight_then_ = in_flight + losses_ - 1;
  lost_then_ = 0;
  lower(factor_lost, now);
}

void Concurrency::ended_with(bool loss, bool refusal, time_point now) noexcept {
  if (now >= lately_began_ + shortest_lately && round_started_ >= lately_began_) {
    constexpr double gain = 0.05;
    if (refused_lately() < faults_) faults_ += gain * (refused_lately() - faults_);
    before_ = std::exchange(lately_, {});
    lately_began_ = now;
  }
  ++lately_.all;
  if (loss) ++lately_.lost;
  if (refusal) ++lately_.refused;
}

double Concurrency::refused_lately() const noexcept {
  return (lately_.refused + before_.refused) / std::max(1.0, lately_.all + before_.all);
}

void Concurrency::begin_test(double from, time_point now) noexcept {
  const double share = refused_lately();
  tested_from_ = now < stays_until_ ? std::max(tested_from_, from) : from;
  tested_share_ = share;
  test_.begin(faults_ > 0 ? std::min(share, faults_) : share, std::max(limit_, in_flight_then_ - lost_then_));
  round_ = round_before_ = {0, 0, now};
}

// At the first answer of a round trip those of the one before have ended, but for a few; refusals end long before.
void Concurrency::end_test_round(time_point now) noexcept {
  const auto ended = std::exchange(round_before_, std::exchange(round_, {0, 0, now}));
  if (!test_.runs() || ended.sent == 0) return;
  const double beyond_one = limit_ > 1 ? limit_ : 0;  // one is what any server bears
  test_.add(ended.sent, ended.refused, beyond_one);
  judge_test(now);
}

void Concurrency::judge_test(time_point now) noexcept {
  switch (test_.verdict()) {
    case FaultTest::Verdict::open:
      return;
    case FaultTest::Verdict::slower:
      set_limit(std::min(limit_, test_.borne()));
      round_ = round_before_ = {0, 0, now};
      return;
    case FaultTest::Verdict::random:
      found_random();
      break;
    case FaultTest::Verdict::ours:
      faults_ = std::min(faults_, test_.found());
      break;
  }
  losses_ = 0;
  test_.end();
}

// Back to where no more were refused than come at random.
void Concurrency::found_random() noexcept {
  constexpr double nearly = 1.5;
  faults_ = test_.found();
  const bool all = tested_share_ <= nearly * faults_;
  set_limit(std::max(limit_, all ? tested_from_ : in_flight_then_ * (1 - tested_share_) / (1 - faults_)));
}

bool Concurrency::is_chance(double in_flight) const noexcept {
  constexpr double scatter = 2;
  const double all = lately_.all + before_.all;
  const double at_random = faults_ + scatter * std::sqrt(faults_ * (1 - faults_) / std::max(1.0, all));
  return losses_ < std::max(1.0, stray_losses * in_flight) ||
         lately_.lost + before_.lost <= (tolerated_share + at_random) * all;
}

// By what was sent, since refusals end before answers.
bool Concurrency::are_faults() const noexcept {
  constexpr double scatter = 3;
  const double sent = round_.sent + round_before_.sent;
  const double most = (tolerated_share + faults_) * sent + scatter * std::sqrt(faults_ * (1 - faults_) * sent);
  return round_.refused + round_before_.refused <= std::max(1.0, most);
}

void Concurrency::open(time_point now) noexcept {
  if (lowered_from_ == unlimited && limit_ < ceiling_ && ramp_to_ < ceiling_) ramp_from(limit_, ceiling_, now);
}

void Concurrency::restart(time_point now) noexcept {
  const bool was_lowered = lowered_from_ != unlimited;
  if (was_lowered) lowered_from_ = std::max(lowered_from_, good_times_);
  const double to = was_lowered ? std::max(limit_, good_times_ / 2) : limit_;
  const double from = was_lowered ? std::max(restart_at, restart_share * good_times_) : restart_at;
  ramp_from(std::min(to, from), to, now);
}

void Concurrency::ramp_from(double from, double to, time_point now) noexcept {
  limit_ = std::max(1.0, from);
  ramp_to_ = to;
  next_step_ = now + ramp_step;
}

time_point Concurrency::ask_again() const noexcept {
  if (limit_ >= ceiling_ || limit_ >= lent_) return time_point::max();
  return ramps() ? std::min(next_step_, last_news_ + patience) : last_news_ + patience;
}

bool Concurrency::find_room(time_point now) noexcept {
  if (ramps() && now >= next_step_) {
    next_step_ = now + ramp_step;
    limit_ = std::min(2 * limit_, ramp_to_);
    if (limit_ >= as_good_as_unlimited) limit_ = ramp_to_;
  }
  if (now >= last_news_ + patience) set_limit(std::max(limit_, static_cast<double>(in_flight_) + 1));
  return has_room();
}

void Concurrency::set_limit(double limit) noexcept {
  limit_ = std::clamp(limit, 1.0, ceiling_);
}

void Concurrency::lower(double factor, time_point now) noexcept {
  const double from = std::min(limit_, in_flight_then_);
  if (answered_since_) {
    good_times_ = from;
    trouble_began_ = now;
  }
  const double limit = limit_, losses = losses_;
  lowered_from_ = from;
  lowered_at_ = now;
  ramp_to_ = 0;
  set_limit(std::min(factor * from, in_flight_then_ - lost_then_));
  test_.end();
  if (losses > 0 && factor == factor_rejected) begin_test(limit, now);
  const auto round = round_started_ == time_point::min() ? 0ns : now - round_started_;
  stays_until_ = now + std::max<std::chrono::nanoseconds>(shortest_stay, rounds_of_a_stay * round);
  answered_since_ = false;
  losses_ = 0;
  round_started_ = now;
  growth_ = 0;
  queue_.give_up();
  next_growth(now);
}

// A round trip ends with the first answer to a call that was sent after its beginning.
bool Concurrency::round_over(time_point admitted_at, time_point now) noexcept {
  if (admitted_at < round_started_) return false;
  losses_ = 0;
  round_started_ = now;
  return true;
}

void Concurrency::grow(bool round_is_over, time_point now) noexcept {
  if (round_is_over) next_growth(now);
  const bool used = 2 * static_cast<double>(in_flight_) >= limit_;
  if (!used || ramps() || queue_.holds_growth()) return;
  if (test_.runs() && limit_ >= std::min(test_.borne(), in_flight_then_ - lost_then_)) return;
  set_limit(limit_ + (limit_ < good_times_ / 2 ? 1 : growth_ / limit_));
}

void Concurrency::next_growth(time_point now) noexcept {
  if (limit_ + 1 < lowered_from_) {
    growth_ = std::max(1.0, (lowered_from_ - limit_) / 2);
  } else if (now < stays_until_) {
    growth_ = 0;
  } else {
    // Where it was lowered is behind: each round trip tries twice as much more.
    growth_ = std::clamp(2 * growth_, 1.0, limit_);
  }
}

}  // namespace headway::pace
