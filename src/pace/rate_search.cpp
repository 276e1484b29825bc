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
constexpr std::size_t fewest_calls_of_many = 3;
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
  faults_ = 0;
  test_.end();
  begin_stretch(now);
}

void RateSearch::try_slower(double rate, double share, double ceiling, time_point now) noexcept {
  start(rate * (1 - share), ceiling, false, now);
  tested_rate_ = rate;
  tested_share_ = share;
  test_.begin(share, rate_);
  wait_for_debts(now);
}

void RateSearch::set_ceiling(double ceiling) noexcept {
  if (ceiling == ceiling_) return;
  if (ceiling_ != unlimited && ceiling != unlimited) scale(ceiling / ceiling_);
  ceiling_ = ceiling;
  rate_ = std::min(rate_, ceiling);
}

void RateSearch::scale(double factor) noexcept {
  rate_ *= factor;
  tested_rate_ *= factor;
  test_.scale(factor);
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
  constexpr double gain = 0.1;
  const double took = seconds_d(now - sent_at).count();
  refusal_takes_ += (refusal_takes_ == 0 ? 1 : gain) * (took - refusal_takes_);
  // Enough is known: the rest of the stretch would only be refused too.
  constexpr std::size_t enough = 5;
  constexpr double shortest = 0.25;
  const bool long_enough = calls_refused_ >= enough && seconds_d(now - stretch_began_).count() >= shortest;
  if (all_refused() || (long_enough && !test_.runs() && many_refused())) judge(now);
}

// So many in a row that it is no chance.
std::size_t RateSearch::many_calls() const noexcept {
  constexpr double chance = 1e-5;
  const double share = std::max(faults_, test_.share());
  if (share < many_share) return fewest_calls_of_many;
  return std::max(fewest_calls_of_many, static_cast<std::size_t>(std::ceil(std::log(chance) / std::log(share))));
}

bool RateSearch::all_refused() const noexcept {
  constexpr double nearly = 0.9;
  return calls_refused_ >= many_calls() && refused_ >= nearly * sent_;
}

bool RateSearch::many_refused() const noexcept {
  return calls_refused_ >= fewest_calls_of_many && beyond_faults() > many_share * sent_;
}

// What is refused beyond what comes at random, but for chance.
double RateSearch::beyond_faults() const noexcept {
  if (faults_ == 0 || calls_sent_ == 0) return refused_;
  constexpr double scatter = 3;
  const double chance = scatter * std::sqrt(faults_ * (1 - faults_) / static_cast<double>(calls_sent_));
  return std::max(0.0, refused_ - (faults_ + chance) * sent_);
}

// A larger share than it was thought to be is for another test to find.
void RateSearch::take_off_faults() noexcept {
  if (faults_ == 0 || calls_sent_ == 0) return;
  constexpr double remembered_calls = 1'000, next_to_nothing = 0.005;
  const double beyond = beyond_faults();
  const double weight = std::min(1.0, static_cast<double>(calls_sent_) / remembered_calls);
  faults_ = std::min(most_faults_, faults_ + weight * (refused_ / std::max(sent_, 1e-9) - faults_));
  if (faults_ < next_to_nothing) faults_ = 0;
  if (!all_refused()) refused_ = beyond;
}

// Whether that was all to do in this stretch.
bool RateSearch::test_for_faults(time_point now) noexcept {
  if (!test_.runs()) return begin_again(now);
  if (stretch_began_ < test_counts_from_ && !all_refused()) {
    begin_stretch(now);
    return true;
  }
  test_.add(calls_known(now), static_cast<double>(calls_refused_), sent_ / elapsed(now));
  switch (test_.verdict()) {
    case FaultTest::Verdict::open:
      return false;
    case FaultTest::Verdict::slower:
      rate_ = std::min(rate_, test_.borne());
      wait_for_debts(now);
      break;
    case FaultTest::Verdict::random:
      found_random(now);
      break;
    case FaultTest::Verdict::ours:
      faults_ = std::min(faults_, test_.since());
      test_.end();
      again_ = false;
      if (peak_ == unlimited && refused_ == 0) {
        peak_ = rate_;
        cut_ = smallest_cut;
        clock_ = 0;
      }
      return false;
  }
  begin_stretch(now);
  return true;
}

// Less speed did not mean less refusals: back to where no more were refused than come at random.
void RateSearch::found_random(time_point now) noexcept {
  constexpr double nearly = 1.2, shortest = 5, longest = 60;  // seconds
  again_after_ = again_ ? std::min(2 * again_after_, longest) : shortest;
  again_at_ = after(now, again_after_);
  faults_ = test_.found();
  most_faults_ = nearly * faults_;
  const double then = tested_share_ <= most_faults_ ? tested_rate_ : accepted_then_ / (1 - faults_);
  rate_ = std::min(ceiling_, std::max(rate_, then));
  if (!again_) peak_ = unlimited;
  again_ = false;
  refused_share_ = 0;
  climbs_ = was_refused_ = false;
  test_.end();
}

// What is taken for random is tested again: at a limit, a wrong share would be refused for ever.
bool RateSearch::begin_again(time_point now) noexcept {
  if (faults_ == 0 || now < again_at_ || calls_refused_ == 0) return false;
  const double accepted = (1 - faults_) * sent_ / elapsed(now);
  again_ = true;
  begin_test(faults_, accepted, now);
  rate_ = std::min(rate_, std::max(accepted, lowest_rate_in_calls * units_a_call_));
  begin_stretch(now);
  return true;
}

// What was in flight may be charged at its end.
void RateSearch::wait_for_debts(time_point now) noexcept {
  test_counts_from_ = after(now, answer_takes_);
}

double RateSearch::elapsed(time_point now) const noexcept {
  return std::max(1e-3, seconds_d(now - stretch_began_).count());
}

// The last that were sent may be refused yet.
double RateSearch::calls_known(time_point now) const noexcept {
  const auto refused = static_cast<double>(calls_refused_);
  constexpr double least_share = 0.5;
  const double share = std::max(least_share, 1 - refusal_takes_ / elapsed(now));
  return std::max(refused, share * static_cast<double>(calls_sent_));
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
  since_storm_ += std::max(0.0, sent_ - refused_);
  if (test_for_faults(now)) return;
  const double share = calls_refused_ == 0 ? 0 : static_cast<double>(calls_refused_) / calls_known(now);
  take_off_faults();
  if (calls_sent_ > 0) {
    units_a_call_ = std::max(sent_ / static_cast<double>(calls_sent_), 1e-9);
    constexpr double remembered_calls = 400;
    const double weight = std::min(1.0, static_cast<double>(calls_sent_) / remembered_calls);
    refused_share_ += weight * (refused_ / std::max(sent_, 1e-9) - refused_share_);
  }
  if (calls_sent_ > 0 && refused_ == 0) pause_ = 0;
  const bool all = all_refused();
  const bool many = calls_refused_ >= fewest_calls_of_many && refused_ > many_share * sent_;
  const bool storm = calls_refused_ > 0 && (all || many);
  storm ? forget_random_share() : learn_random_share();
  const double between = storm && !was_refused_ ? accepted_between_storms(now) : 0;
  if (all) {
    pause(between, now);
  } else if (storm) {
    const double accepted = std::max(between, (1 - share) * sent_ / elapsed(now));
    const bool decides = test_.runs() && rate_ <= test_.borne();
    if (!test_.runs()) begin_test(share, accepted, now);
    if (!decides) slow_down_to_accepted(accepted, sent_ / elapsed(now));
    if (between > 0) climbs_ = false;
  } else if (too_many_refused()) {
    slow_down_a_little();
  } else if ((refused_ <= tolerated_refusals * sent_ || some_come_at_random()) && sent_ >= 0.8 * rate_ * elapsed(now)) {
    speed_up(elapsed(now));
  }
  was_refused_ = refused_ > 0;
  begin_stretch(now);
}

void RateSearch::begin_test(double share, double accepted, time_point now) noexcept {
  tested_rate_ = rate_;
  tested_share_ = share;
  accepted_then_ = accepted;
  test_.begin(faults_ > 0 ? std::min(share, faults_) : share, accepted);
  wait_for_debts(now);
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
  slow_down_to_accepted(accepted, rate_);
  climbs_ = false;
}

void RateSearch::begin_stretch(time_point now) noexcept {
  // Twenty calls tell something; one second is the slice that wire.md knows of.
  const double shortest = test_.runs() ? std::clamp(100 * units_a_call_ / rate_, 0.2, 1.0) : 1.0;
  const double seconds = std::clamp(20 * units_a_call_ / rate_, shortest, 5.0);
  stretch_began_ = std::max(now, paused_until_);
  judge_at_ = after(stretch_began_, seconds);
  sent_ = 0;
  refused_ = 0;
  calls_sent_ = 0;
  calls_refused_ = 0;
}

void RateSearch::slow_down_to_accepted(double accepted, double used) noexcept {
  // The end of a slice refuses all; so never to less than half at once.
  constexpr std::size_t enough_calls = 20;
  const double from = calls_sent_ >= enough_calls ? std::min(rate_, used) : rate_;
  const double found = std::clamp(accepted, from / 2, rate_);
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
