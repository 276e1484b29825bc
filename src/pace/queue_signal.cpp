#include "pace/queue_signal.hpp"

#include <algorithm>

#include "pace/durations.hpp"

namespace headway::pace {
namespace {

constexpr std::uint32_t calls_of_a_group = 16;
constexpr std::uint32_t calls_of_a_sample = 64;
constexpr auto floor_window = std::chrono::minutes(5);
constexpr double largest_rise = 1.1;
// A server that does not stream sends its first byte when the last token is there.
constexpr double whole_answer = 0.9;

}  // namespace

void QueueSignal::Floor::add(double value, time_point now) noexcept {
  if (now >= ends_) {
    const double most = largest_rise * this->value();
    previous_ = std::min(current_, most);
    current_ = most;
    ends_ = now + floor_window;
  }
  current_ = std::min(current_, value);
}

void QueueSignal::Sums::add(const Sums& other) noexcept {
  calls += other.calls;
  to_first += other.to_first;
  to_end += other.to_end;
  tokens += other.tokens;
}

std::optional<QueueSample> QueueSignal::answered(const Attempt& attempt, time_point now) noexcept {
  if (!attempt.to_first_byte || !attempt.to_end) return std::nullopt;
  const double to_first = seconds(*attempt.to_first_byte);
  const double to_end = seconds(*attempt.to_end);
  if (sample_started_ == time_point::min()) start_over(now);
  to_first_.add(to_first, now);
  ++group_.calls;
  group_.to_first += to_first;
  group_.to_end += to_end;
  group_.tokens += static_cast<double>(attempt.output_tokens.value_or(0));
  if (group_.calls < calls_of_a_group) return std::nullopt;
  end_group(now);
  if (sample_.calls < calls_of_a_sample) return std::nullopt;
  return end_sample(now);
}

void QueueSignal::start_over(time_point now) noexcept {
  group_ = {};
  sample_ = {};
  sample_started_ = now;
}

void QueueSignal::end_group(time_point now) noexcept {
  if (group_.tokens > 0 && group_.to_end > 0) per_token_.add(group_.to_end / group_.tokens, now);
  sample_.add(group_);
  group_ = {};
}

QueueSample QueueSignal::end_sample(time_point now) noexcept {
  const double calls = sample_.calls;
  double waited = 0;
  if (sample_.to_first < whole_answer * sample_.to_end) {
    waited = sample_.to_first - calls * to_first_.value();
  } else if (sample_.tokens > 0) {
    waited = sample_.to_end - sample_.tokens * per_token_.value();
  }
  waited = std::max(waited, 0.0);
  QueueSample sample;
  sample.mean_wait = waited / calls;
  sample.waiting_share = sample_.to_end > 0 ? std::min(waited / sample_.to_end, 1.0) : 0;
  sample.seconds = seconds(now - sample_started_);
  sample.served = sample.seconds > 0 ? (sample_.to_end - waited) / sample.seconds : 0;
  start_over(now);
  return sample;
}

}  // namespace headway::pace
