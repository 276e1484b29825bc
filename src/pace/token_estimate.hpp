#pragma once

#include <cstddef>

#include "pace/demand.hpp"

namespace headway::pace {

/// How many tokens a call will use, learned from the `usage` of answers; no tokenizer needed. Old answers fade, so
/// that a change of prompts is followed. A state machine without a clock; everything is O(1).
class TokenEstimate {
 public:
  /// Of the prompt, at least 1. Before the first answer: four bytes a token (OpenAI's rule of thumb for English).
  double input(const Demand& demand) const noexcept;
  /// Of the answer: the mean of the model's answers, at most `max_tokens`. Before the first answer: `max_tokens`,
  /// or 256 where a call does not say; this fades within the first fifty.
  double output(const Demand& demand) const noexcept;
  /// How far `in_flight` calls together may be over their estimates: about two standard deviations. 0 while nothing is
  /// known.
  double margin(std::size_t in_flight) const noexcept;

  /// An answer's usage, and what had been estimated for it.
  void learn(const Reservation& estimated, double input_tokens, double output_tokens) noexcept;

 private:
  double calls_ = 0;  // that count, less what faded
  double bytes_ = 0;
  double input_tokens_ = 0;
  double output_mean_ = 0;
  double error_squared_ = 0;  // the mean square of what an estimate was off
};

}  // namespace headway::pace
