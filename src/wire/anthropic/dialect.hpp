#pragma once

#include "wire/dialect.hpp"

// Anthropic's Messages API, version 2023-06-01: https://docs.anthropic.com/en/api/messages
namespace headway::wire::anthropic {

/// See Dialect. A chat without a limit of tokens, which Anthropic wants, gets one of 4,096.
Question question_of(std::string_view chat);
std::optional<std::string> chat_of(std::string_view answer);
std::unique_ptr<EventTranslator> event_translator();

const Dialect& dialect() noexcept;

}  // namespace headway::wire::anthropic
