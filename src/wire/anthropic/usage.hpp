#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <simdjson.h>

#include <headway/usage.hpp>

namespace headway::wire::anthropic {

/// What a message or an event tells of its usage, and of the tier that served it; none: nothing.
std::optional<Usage> usage_in(simdjson::dom::object holder);
std::string tier_in(simdjson::dom::object holder);

/// Its word for why an answer ended in OpenAI's; one that is on neither list stays, and so is unknown.
constexpr std::string_view finish_reason_of(std::string_view stop_reason) {
  if (stop_reason == "end_turn" || stop_reason == "stop_sequence") return "stop";
  if (stop_reason == "max_tokens" || stop_reason == "model_context_window_exceeded") return "length";
  if (stop_reason == "tool_use") return "tool_calls";
  return stop_reason;
}

}  // namespace headway::wire::anthropic
