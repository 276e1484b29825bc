#include "pacing/workload.hpp"

#include <algorithm>

namespace headway::pacing {
namespace {

std::size_t kind_of_text(const Workload& workload, Random& random, time_point now) {
  const auto kinds = static_cast<double>(workload.tokens_a_byte.size());
  const double chosen = workload.text_changes_every > 0
                            ? std::fmod(std::floor(seconds(now) / workload.text_changes_every), kinds)
                            : std::floor(random.uniform() * kinds);
  return static_cast<std::size_t>(chosen);
}

bool in_burst(const Workload& workload, time_point now) {
  return std::fmod(seconds(now), 2 * workload.burst_seconds) < workload.burst_seconds;
}

}  // namespace

Request next_request(const Workload& workload, Random& random, time_point now) {
  Request request;
  const double bytes = std::max(1.0, random.log_normal(workload.prompt_bytes, workload.prompt_sigma));
  const double ratio = workload.tokens_a_byte[kind_of_text(workload, random, now)] * random.log_normal(1, 0.05);
  const double mean = workload.output_tokens * (in_burst(workload, now) ? workload.output_burst : 1);
  const double most = workload.max_tokens ? static_cast<double>(*workload.max_tokens) : 1e9;
  const double output = std::clamp(random.log_normal(mean, workload.output_sigma), 1.0, most);
  request.prompt_bytes = static_cast<std::size_t>(bytes);
  request.max_tokens = workload.max_tokens;
  request.input_tokens = static_cast<std::int64_t>(std::max(1.0, bytes * ratio));
  request.output_tokens = static_cast<std::int64_t>(output);
  request.prefill = duration(workload.prefill_seconds * random.log_normal(1, 0.2));
  request.decode = duration(workload.seconds_a_token * static_cast<double>(request.output_tokens));
  return request;
}

}  // namespace headway::pacing
