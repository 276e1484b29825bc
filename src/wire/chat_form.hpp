#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <headway/usage.hpp>

#include "wire/json_builder.hpp"

// What another provider answered, as a chat completion of OpenAI's has it.
namespace headway::wire {

/// What a message says, or a piece of one that is streamed.
struct Said {
  Said() {}

  std::string text, thought;
  bool has_text = false;
  JsonBuilder calls;     ///< of tools, each by add_call
  JsonBuilder thoughts;  ///< Anthropic's blocks of "thinking", signed, as gateways have them
  JsonBuilder images;    ///< each {"type": "image_url", ...}, as gateways have them
  std::string extra;  ///< JSON of "extra_content", where Google's compatible servers have what OpenAI has no word for
};

/// A call of a function, of a message or, with its `index` among the message's, of a piece of one.
struct ToolCall {
  ToolCall() {}

  std::int64_t index = -1;  ///< -1: of a whole message
  std::string_view id, name;
  std::string arguments;  ///< JSON
  std::string extra;      ///< as Said's
};

void add_call(JsonBuilder& calls, const ToolCall& call);

/// Begins an answer or a chunk of one: what follows are its choices, then `]`.
void begin_chat(JsonBuilder& out, std::string_view object, std::string_view id, std::string_view model);
/// `finish_reason`: empty: none. `logprobs`: JSON.
void add_choice(JsonBuilder& out, std::int64_t index, const Said& said, std::string_view finish_reason,
                std::string_view logprobs = "null");
/// Of a chunk; `delta`: JSON. `logprobs`: empty: none.
void add_delta(JsonBuilder& out, std::int64_t index, std::string_view delta, std::string_view finish_reason,
               std::string_view logprobs = {});
/// A piece as a chunk's "delta".
std::string delta_of(const Said& said);

/// What was charged: the cached tokens are a part of the prompt, and what was thought one of the completion.
void add_usage(JsonBuilder& out, const Usage& usage, std::string_view tier);

}  // namespace headway::wire
