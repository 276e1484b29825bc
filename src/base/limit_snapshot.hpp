#pragma once

#include <chrono>
#include <optional>

namespace headway {

/// One limit as an answer's headers tell it. What was not said is absent.
struct LimitReading {
  std::optional<double> limit;                    ///< of a whole window: requests, or tokens; at least 0
  std::optional<double> remaining;                ///< in this window, when the answer was sent; at least 0
  std::optional<std::chrono::nanoseconds> reset;  ///< from the answer until the window is full again; at least 0

  bool empty() const noexcept { return !limit && !remaining && !reset; }
};

/// All limits of one answer.
struct LimitSnapshot {
  LimitReading requests;
  LimitReading tokens;  ///< in and out together
  LimitReading input_tokens;
  LimitReading output_tokens;

  bool empty() const noexcept {
    return requests.empty() && tokens.empty() && input_tokens.empty() && output_tokens.empty();
  }
};

}  // namespace headway
