#include "pace/queue_control.hpp"

#include <algorithm>

namespace headway::pace {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr int samples_of_a_verdict = 4;
constexpr double step_down = 0.7;
constexpr double slack = 1.5;
constexpr double smallest_step = 0.95;
constexpr double waiting_share_to_grow = 0.2;
// With 30 % less in flight, and no queue, answers take 1.43 times as long; with 256 of them chance is some 10 %.
constexpr double chance_slower = 1.18;
constexpr nanoseconds first_pause = 1min;
constexpr nanoseconds longest_pause = 16min;

}  // namespace

std::optional<double> QueueControl::answered(const Attempt& attempt, double in_flight, double limit,
                                             time_point now) noexcept {
  if (state_ == State::draining && in_flight <= limit) {
    state_ = State::judging;
    signal_.start_over(now);
  }
  const auto sample = signal_.answered(attempt, now);
  if (!sample) return std::nullopt;
  switch (state_) {
    case State::watching:
      return watch(*sample, in_flight, limit, now);
    case State::judging:
      return judge(*sample, in_flight, limit, now);
    case State::draining:
      break;
  }
  return std::nullopt;
}

void QueueControl::give_up() noexcept {
  state_ = State::watching;
  samples_ = 0;
  seconds_ = 0;
}

bool QueueControl::waits(const QueueSample& sample) const noexcept {
  return eager_ ? sample.mean_wait > 0.5 && sample.waiting_share > 1.0 / 3
                : sample.mean_wait > 2 && sample.waiting_share > 0.5;
}

std::optional<double> QueueControl::watch(const QueueSample& sample, double in_flight, double limit,
                                          time_point now) noexcept {
  const bool may_try = now >= no_trial_before_;
  const bool waits_long = waits(sample);
  holds_growth_ = (waits_long && may_try) || (queues_ && sample.waiting_share > waiting_share_to_grow);
  if (!waits_long || !may_try) {
    give_up();
    return std::nullopt;
  }
  ++samples_;
  seconds_ += sample.seconds;
  if (samples_ < samples_of_a_verdict) return std::nullopt;
  seconds_before_ = seconds_;
  return step(sample, in_flight, limit);
}

std::optional<double> QueueControl::judge(const QueueSample& sample, double in_flight, double limit,
                                          time_point now) noexcept {
  const bool input_is_short = 2 * in_flight < limit;
  if (input_is_short) return take_back(now);
  ++samples_;
  seconds_ += sample.seconds;
  if (samples_ < samples_of_a_verdict) return std::nullopt;
  if (seconds_ > chance_slower * seconds_before_) return take_back(now);
  pause_ = 0ns;
  queues_ = true;
  give_up();
  return waits(sample) ? step(sample, in_flight, limit) : std::nullopt;
}

std::optional<double> QueueControl::step(const QueueSample& sample, double in_flight, double limit) noexcept {
  give_up();
  const double from = std::min(limit, in_flight);
  const double to = std::max(1.0, std::max(step_down * from, slack * sample.served));
  if (to > smallest_step * from) return std::nullopt;
  state_ = State::draining;
  limit_before_ = limit;
  return to;
}

double QueueControl::take_back(time_point now) noexcept {
  give_up();
  holds_growth_ = queues_ = false;
  pause_ = std::clamp(2 * pause_, first_pause, longest_pause);
  no_trial_before_ = now + pause_;
  return limit_before_;
}

}  // namespace headway::pace
