#include "pace/rate_search.hpp"

#include <algorithm>
#include <cmath>

namespace headway::pace {
namespace {

constexpr double smallest_cut = 0.01;
constexpr double largest_cut = 0.1;
// Half of the goal of 5 in 1,000: so many refusals are the price of using a limit that is enforced in slices.
constexpr double tolerated_refusals = 0.0025;
constexpr double tolerated_at_limit = 0.004;  // where the limit is known, nothing is to be gained by trying more
constexpr double many_share = 0.03;
constexpr double least_random_share = 0.0005;
constexpr double far_below = 0.92;  // overshooting goes less far
constexpr std::size_t many_calls = 3;
// A refusal by overshooting costs one or two calls: with 500 calls from cut to peak they stay below 5 in 1,000.
constexpr double calls_to_peak = 500;
constexpr double lowest_rate_in_calls = 0.03;  // a second
constexpr double longest_pause_seconds = 30;

}  // namespace

void RateSearch::start(double rate, double ceiling, bool known, time_point now) noexcept {
  ceiling_ = ceiling;
  rate_ = std::min(rate, ceiling);
  peak_ = unlimited;
  if (known) peak_ = rate_;
  cut_ = known ? smallest_cut : 0;
  clock_ = 0;
  climbs_ = false;
  refused_share_ = 0;
  pause_ = 0;
  since_storm_ = 0;
  storm_at_ = known ? time_point() : now;
  was_refused_ = false;
  forget_random_share();
  begin_stretch(now);
}

void RateSearch::set_ceiling(double ceiling) noexcept {
  if (ceiling == ceiling_) return;
  if (ceiling_ != unlimited && ceiling != unlimited) scale(ceiling / ceiling_);
  ceiling_ = ceiling;
  rate_ = std::min(rate_, ceiling);
}

void RateSearch::scale(double factor) noexcept {
  rate_ *= factor;
  borne_ *= factor;
  if (peak_ != unlimited) peak_ *= factor;
}

void RateSearch::sent(double units) noexcept {
  sent_ += units;
  ++calls_sent_;
}

void RateSearch::refused(double units, time_point sent_at, time_point now) noexcept {
  if (sent_at < stretch_began_) return;  // the rate has been corrected since
  refused_ += units;
  ++calls_refused_;
  // Enough is known: the rest of the stretch would only be refused too.
  constexpr std::size_t enough = 5;
  constexpr double shortest = 0.25;
  const bool long_enough = calls_refused_ >= enough && seconds_d(now - stretch_began_).count() >= shortest;
  if (all_refused() || (long_enough && many_refused())) judge(now);
}

bool RateSearch::all_refused() const noexcept {
  constexpr double nearly = 0.9;
  return calls_refused_ >= many_calls && refused_ >= nearly * sent_;
}

bool RateSearch::many_refused() const noexcept {
  return calls_refused_ >= many_calls && refused_ > many_share * sent_;
}

void RateSearch::forget_random_share() noexcept {
  borne_ = random_share_ = 0;
  random_stretches_ = 0;
}

// It fades, and is learned again.
void RateSearch::learn_random_share() noexcept {
  constexpr double remembered_calls = 2'000, forgotten_in_calls = 50'000, most = 0.01;
  const auto calls = static_cast<double>(calls_sent_);
  borne_ = std::max(borne_, rate_);
  random_share_ *= std::max(0.0, 1 - calls / forgotten_in_calls);
  if (peak_ == unlimited || rate_ >= far_below * borne_ || refused_ > many_share * sent_) return;
  const double weight = std::min(1.0, calls / remembered_calls);
  random_share_ += weight * (refused_ / std::max(sent_, 1e-9) - random_share_);
  random_share_ = std::min(random_share_, most);
  if (refused_ > 0) ++random_stretches_;
}

bool RateSearch::some_come_at_random() const noexcept {
  constexpr std::size_t enough = 5;
  return random_stretches_ >= enough && random_share_ >= least_random_share;
}

bool RateSearch::too_many_refused() const noexcept {
  constexpr double clearly = 2;
  if (ceiling_ == unlimited && some_come_at_random()) {
    return refused_ > 0 && refused_share_ > tolerated_refusals + clearly * random_share_;
  }
  if (ceiling_ == unlimited) return refused_ > tolerated_refusals * sent_;
  constexpr double worth = 0.5;  // refusals that a call sent more is worth
  return refused_ > 0 && refused_share_ > tolerated_at_limit + worth * (1 - rate_ / ceiling_);
}

void RateSearch::judge(time_point now) noexcept {
  const double elapsed = std::max(1e-3, seconds_d(now - stretch_began_).count());
  if (calls_sent_ > 0) {
    units_a_call_ = std::max(sent_ / static_cast<double>(calls_sent_), 1e-9);
    constexpr double remembered_calls = 400;
    const double weight = std::min(1.0, static_cast<double>(calls_sent_) / remembered_calls);
    refused_share_ += weight * (refused_ / std::max(sent_, 1e-9) - refused_share_);
  }
  if (calls_sent_ > 0 && refused_ == 0) pause_ = 0;
  since_storm_ += std::max(0.0, sent_ - refused_);
  const bool storm = calls_refused_ > 0 && (all_refused() || many_refused());
  storm ? forget_random_share() : learn_random_share();
  const double between = storm && !was_refused_ ? accepted_between_storms(now) : 0;
  if (all_refused()) {
    pause(between, now);
  } else if (storm) {
    slow_down_to_accepted(std::max(between, std::max(0.0, sent_ - refused_) / elapsed));
    if (between > 0) climbs_ = false;
  } else if (too_many_refused()) {
    slow_down_a_little();
  } else if ((refused_ <= tolerated_refusals * sent_ || some_come_at_random()) && sent_ >= 0.8 * rate_ * elapsed) {
    speed_up(elapsed);
  }
  was_refused_ = refused_ > 0;
  begin_stretch(now);
}

// Units a second; 0 if too little is known.
double RateSearch::accepted_between_storms(time_point now) noexcept {
  constexpr double shortest = 5, fewest_calls = 50;
  const double passed = seconds_d(now - storm_at_).count();
  const bool tells = storm_at_ != time_point() && passed >= shortest && since_storm_ >= fewest_calls * units_a_call_;
  const double rate = tells ? since_storm_ / passed : 0;
  storm_at_ = now;
  since_storm_ = 0;
  return rate;
}

void RateSearch::pause(double accepted, time_point now) noexcept {
  pause_ = std::clamp(2 * pause_, 1.0, longest_pause_seconds);
  paused_until_ = after(now, pause_);
  if (accepted == 0) return;
  slow_down_to_accepted(accepted);
  climbs_ = false;
}

void RateSearch::begin_stretch(time_point now) noexcept {
  // Twenty calls tell something; one second is the slice that wire.md knows of.
  const double seconds = std::clamp(20 * units_a_call_ / rate_, 1.0, 5.0);
  stretch_began_ = std::max(now, paused_until_);
  judge_at_ = after(stretch_began_, seconds);
  sent_ = 0;
  refused_ = 0;
  calls_sent_ = 0;
  calls_refused_ = 0;
}

void RateSearch::slow_down_to_accepted(double accepted) noexcept {
  // The end of a slice refuses all; so never to less than half at once.
  const double found = std::clamp(accepted, rate_ / 2, rate_);
  peak_ = std::max(found, lowest_rate_in_calls * units_a_call_);
  cut_ = smallest_cut;
  clock_ = 0;
  climbs_ = true;
  rate_ = std::min(ceiling_, peak_ * (1 - cut_));
}

void RateSearch::slow_down_a_little() noexcept {
  const bool at_random = some_come_at_random();
  cut_ = was_refused_ && !at_random ? std::min(2 * cut_, largest_cut) : smallest_cut;
  if (at_random) refused_share_ = std::min(refused_share_, random_share_);
  peak_ = rate_;
  clock_ = 0;
  climbs_ = climbs_ && was_refused_;  // what is refused right after a storm is the storm's
  rate_ = peak_ * (1 - cut_);
}

void RateSearch::speed_up(double elapsed) noexcept {
  if (peak_ == unlimited) {
    rate_ = std::min(ceiling_, 2 * rate_);
    return;
  }
  constexpr double growth_a_second = 0.03;  // doubles in 23 s, so that little is refused when it goes too far
  const double fastest = rate_ * std::exp(growth_a_second * elapsed);
  clock_ += elapsed;
  const double k = seconds_to_peak();
  const double x = (clock_ - k) / k;
  const double cubic = std::max(rate_, peak_ * (1 + cut_ * x * x * x));
  rate_ = std::min(ceiling_, climbs_ ? fastest : std::min(fastest, cubic));
}

double RateSearch::seconds_to_peak() const noexcept {
  return std::clamp(calls_to_peak * units_a_call_ / rate_, 7.0, 900.0);
}

}  // namespace headway::pace
