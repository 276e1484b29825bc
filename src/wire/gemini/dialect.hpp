#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "wire/dialect.hpp"

// Gemini's own API, v1beta: https://ai.google.dev/api/generate-content
namespace headway::wire::gemini {

/// See Dialect. The model's name and whether the answer is streamed go into the path.
Question question_of(std::string_view chat);
std::optional<std::string> chat_of(std::string_view answer);
std::unique_ptr<EventTranslator> event_translator();

const Dialect& dialect() noexcept;

}  // namespace headway::wire::gemini
