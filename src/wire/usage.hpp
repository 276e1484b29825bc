#pragma once

#include <optional>

#include <simdjson.h>

#include <headway/usage.hpp>

#include "base/money.hpp"

namespace headway::wire {

/// What an answer says that it took.
struct Charge {
  Usage usage;
  std::optional<Money>
      cost;  ///< the provider's own sum: OpenRouter's `usage.cost`, Perplexity's `usage.cost.total_cost`
};

/// By the names of chats, completions, responses and Anthropic's messages. Counts that are floats are rounded, and what is
/// no count is 0. None for what is no object. May throw simdjson_error.
///
/// What is charged out is the largest of `completion_tokens`, the total without the prompt, and completion and reasoning
/// together where there is more reasoning than completion (xAI and Gemini's compatible endpoint leave it out).
std::optional<Charge> charge_of(simdjson::ondemand::value usage);

}  // namespace headway::wire
