#pragma once

#include <chrono>
#include <optional>

#include "base/header_list.hpp"

namespace headway::wire {

/// What an answer's headers say about trying again.
struct RetryAdvice {
  std::optional<std::chrono::milliseconds> wait;  ///< from now, rounded up; 0 or more, however long
  std::optional<bool> should_retry;               ///< `x-should-retry`
};

/// Reads `retry-after-ms`, else `retry-after` as seconds (may be fractional), else `retry-after` as an HTTP
/// date (one that has passed is a wait of 0): the order of OpenAI's SDK. A value that makes no sense (a word,
/// negative, nan, more than 292 years) counts as absent. `now` is the wall clock's time.
RetryAdvice retry_advice(const HeaderList& headers, std::chrono::system_clock::time_point now);

}  // namespace headway::wire
