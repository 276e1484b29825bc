#include "pace/token_estimate.hpp"

#include <algorithm>
#include <cmath>

namespace headway::pace {
namespace {

// About as many calls as are remembered: enough for a mean of long-tailed answers, few enough to follow a change.
constexpr double remembered_calls = 200;

// "1 token ~= 4 chars in English" (OpenAI, "What are tokens and how to count them?"). Counts as one short prompt.
constexpr double prior_bytes = 100;
constexpr double prior_tokens = 25;
constexpr double prior_output = 256;

}  // namespace

double TokenEstimate::input(const Demand& demand) const noexcept {
  const double tokens_a_byte = (input_tokens_ + prior_tokens) / (bytes_ + prior_bytes);
  return std::max(1.0, static_cast<double>(demand.prompt_bytes) * tokens_a_byte);
}

// Short answers end first, so the first few tell too low a mean: what is not known yet fades out.
double TokenEstimate::output(const Demand& demand) const noexcept {
  constexpr double enough_calls = 50;
  const double known = std::min(1.0, calls_ / enough_calls);
  const double most = demand.max_tokens ? static_cast<double>(std::max<std::int64_t>(0, *demand.max_tokens)) : 0;
  const double unknown = demand.max_tokens ? most : std::max(output_mean_, prior_output);
  const double mean = known * output_mean_ + (1 - known) * unknown;
  return demand.max_tokens ? std::min(mean, most) : mean;
}

double TokenEstimate::margin(std::size_t in_flight) const noexcept {
  constexpr double z = 2;
  return z * std::sqrt(error_squared_ * static_cast<double>(in_flight));
}

void TokenEstimate::learn(const Reservation& estimated, double input_tokens, double output_tokens) noexcept {
  constexpr double kept = 1 - 1 / remembered_calls;
  const bool first = calls_ == 0;
  calls_ = calls_ * kept + 1;
  const double weight = 1 / calls_;
  bytes_ = bytes_ * kept + static_cast<double>(estimated.demand.prompt_bytes);
  input_tokens_ = input_tokens_ * kept + input_tokens;
  output_mean_ += (output_tokens - output_mean_) * weight;
  if (first) return;  // what was estimated from nothing tells nothing of how good estimates are
  const double error = input_tokens + output_tokens - estimated.input_tokens - estimated.output_tokens;
  error_squared_ += (error * error - error_squared_) * weight;
}

}  // namespace headway::pace
