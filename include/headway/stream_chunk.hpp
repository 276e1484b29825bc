#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include <headway/response.hpp>

namespace headway {

/// A piece of a streamed answer, as one event of the provider brought it. Owns all it shows.
struct StreamChunk {
  StreamChunk() {}

  std::string text;              ///< what comes next of the choice's text; empty where the event brings none
  std::size_t index = 0;         ///< which of the prompt's choices it belongs to; 0 where the event names none
  std::string finish_reason;     ///< why the choice ended ("stop", "length", ...); empty: it has not
  std::optional<Ending> ending;  ///< what `finish_reason` means; unset: the choice has not ended
  std::optional<Usage> usage;    ///< tokens of the whole answer: in one of the last chunks, from most providers
  std::string service_tier;      ///< as Response's, in the chunk that has the usage
  /// The event's JSON as it came: tool calls, log probabilities, and whatever else headway does not look into.
  std::string raw;
  std::string translated;  ///< the same in OpenAI's words, from a provider that has others; else empty

  /// As OpenAI's chat completions say it, whoever answered.
  const std::string& openai_form() const { return translated.empty() ? raw : translated; }
};

}  // namespace headway
