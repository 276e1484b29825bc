#include "pace/retry_budget.hpp"

#include <algorithm>
#include <cmath>

#include "pace/durations.hpp"

namespace headway::pace {
namespace {

using namespace std::chrono_literals;

// Finagle: RetryBudget's percentCanRetry, minRetriesPerSec and ttl.
constexpr double share_of_calls = 0.2;
constexpr double least_a_second = 10;
constexpr double seconds_kept = 10;

constexpr double longest_delay = 30;  // seconds
constexpr double weight_of_a_second = 0.3;

}  // namespace

void RetryBudget::sent(time_point now) noexcept {
  if (now >= second_started_ + 1s) advance(now);
  ++calls_now_;
  left_ = std::min(left_ + share_of_calls, most());
}

std::chrono::nanoseconds RetryBudget::retry(time_point now) noexcept {
  advance(now);
  const double a_second = most() / seconds_kept;
  left_ = std::max(left_ - 1, -longest_delay * a_second);
  if (left_ >= 0) return 0ns;
  return std::chrono::nanoseconds(static_cast<std::int64_t>(-left_ / a_second * 1e9));
}

void RetryBudget::advance(time_point now) noexcept {
  if (second_started_ == time_point::min()) second_started_ = now;
  const double passed = seconds(now - second_started_);
  if (passed < 1) return;
  left_ = std::min(left_ + passed * least_a_second, most());
  const double kept = std::pow(1 - weight_of_a_second, passed);
  calls_a_second_ = calls_a_second_ * kept + calls_now_ / passed * (1 - kept);
  calls_now_ = 0;
  second_started_ = now;
}

double RetryBudget::most() const noexcept {
  return seconds_kept * (least_a_second + share_of_calls * calls_a_second_);
}

}  // namespace headway::pace
