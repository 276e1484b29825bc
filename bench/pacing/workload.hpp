#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "pacing/clock.hpp"
#include "pacing/random.hpp"

namespace headway::pacing {

/// One call's request, and what the model makes of it.
struct Request {
  std::size_t prompt_bytes = 0;
  std::optional<std::int64_t> max_tokens;
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
  nanoseconds prefill{0};  ///< from the start of work to the first token
  nanoseconds decode{0};   ///< from the first token to the last
};

/// What a program asks of the provider.
struct Workload {
  Workload() {}

  double prompt_bytes = 1500;  ///< mean
  double prompt_sigma = 0.5;   ///< of the logarithm
  /// The kinds of text; mixed at random, or one after another if `text_changes_every` is above zero (seconds).
  std::vector<double> tokens_a_byte{0.25};
  double text_changes_every = 0;
  double output_tokens = 100;  ///< mean
  double output_sigma = 0.6;   ///< of the logarithm
  double output_burst = 1;     ///< every other `burst_seconds`, outputs are so many times as long
  double burst_seconds = 20;
  std::optional<std::int64_t> max_tokens = 512;
  double prefill_seconds = 0.3;
  double seconds_a_token = 0.01;
  double calls_a_second = 0;  ///< at random times (Poisson); 0: all are there at the start
};

/// `now`: when the call is made.
Request next_request(const Workload& workload, Random& random, time_point now);

}  // namespace headway::pacing
