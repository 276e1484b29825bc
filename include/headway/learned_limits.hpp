#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace headway {

/// A limit as the headers of answers tell it.
struct LearnedLimit {
  LearnedLimit() {}

  double limit = 0;     ///< requests or tokens in one window; above 0
  double seconds = 60;  ///< the window's length
  bool fixed = false;   ///< the window ends and begins anew; else it is a bucket that fills all the time
  bool sliced = false;  ///< refusals have shown that a part of the window is held to its part of the limit

  bool operator==(const LearnedLimit&) const = default;
};

/// What a client has learned of one endpoint and model from answers to its own calls, for others with the same key.
/// Holds no key.
struct LearnedLimits {
  LearnedLimits() {}

  std::string endpoint;  ///< host and port, as in ModelSpend
  std::string model;     ///< its name there
  std::optional<LearnedLimit> requests;
  std::optional<LearnedLimit> tokens;  ///< in and out together
  std::optional<LearnedLimit> input_tokens;
  std::optional<LearnedLimit> output_tokens;
  /// For so long the server wants no call at all. 0: it has not said so, or for less than two seconds.
  std::chrono::milliseconds wait{0};
  /// The model has refused `max_tokens`: it goes out as `max_completion_tokens`.
  bool wants_max_completion_tokens = false;
  /// The model has refused a temperature: OpenAI's 0.7 that nobody set is left out.
  bool wants_no_temperature = false;

  bool operator==(const LearnedLimits&) const = default;
};

}  // namespace headway
