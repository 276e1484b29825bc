#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <simdjson.h>

#include <headway/response.hpp>

// Fields that a whole answer and a streamed one have in common. All may throw simdjson_error.
namespace headway::wire {

/// Which of the two endpoints answers.
enum class Api { completion, chat };

/// Empty for what is no string.
std::string text_of(simdjson::ondemand::value value);

/// Of a chat's message, or of its delta: the content (parts of type text joined), else the refusal, else nothing.
std::string text_of_message(simdjson::ondemand::object message);

/// None for null.
std::optional<std::int64_t> index_of(simdjson::ondemand::value value);

/// By the names of chat and completions, or of responses. None for what is no object. Counts that are floats are rounded, and what is no count is 0.
std::optional<Usage> usage_of(simdjson::ondemand::value value);

}  // namespace headway::wire
