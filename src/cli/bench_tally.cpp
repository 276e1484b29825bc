#include "bench_tally.hpp"

#include <algorithm>

namespace headway::cli {

void Tally::started() {
  ++in_flight_;
  peak_in_flight_ = std::max(peak_in_flight_, in_flight_);
}

void Tally::ended(const CallEnd& end, Clock::time_point since, Clock::time_point now) {
  --in_flight_;
  retries_ += static_cast<std::uint64_t>(std::max(0, end.attempts - 1));
  if (end.error) return failed(*end.error);
  ++ok_;
  usage_.prompt_tokens += end.usage.prompt_tokens;
  usage_.completion_tokens += end.usage.completion_tokens;
  usage_.total_tokens += end.usage.total_tokens;
  latency_.record(now - since);
  if (end.first_token) first_token_.record(*end.first_token - since);
  for (const auto gap : end.between_tokens) between_tokens_.record(gap);
}

void Tally::failed(const Error& error) {
  ++failed_;
  ++failed_by_kind_[error.kind()];
  if (!first_failure_) first_failure_ = error;
}

}  // namespace headway::cli
