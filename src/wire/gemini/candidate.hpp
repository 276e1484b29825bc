#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "wire/chat_form.hpp"

namespace headway::wire::gemini {

/// One of an answer's candidates, or what an event adds to it, as OpenAI's choices have it.
struct Candidate {
  Candidate() {}

  std::int64_t index = 0;
  Said said;
  std::string_view finish_reason;  ///< Gemini's; empty: none
  std::string logprobs = "null";   ///< JSON
  std::int64_t calls = 0;          ///< of functions, with those of earlier events
};

/// `answer_id` makes ids for calls that have none. `calls_before`: of earlier events; negative: of a whole message.
Candidate read_candidate(simdjson::dom::object fields, std::string_view answer_id, std::int64_t calls_before);

/// Its number among the answer's; the first leaves it out.
std::int64_t index_of(simdjson::dom::object candidate);

/// Its "logprobsResult" as OpenAI's "logprobs", JSON.
std::string logprobs_of(simdjson::dom::object candidate);

/// Its word for why an answer ended in OpenAI's. One that is on neither list stays, and so is unknown.
std::string_view finish_reason_of(std::string_view finish_reason, bool has_calls);

/// Whether the prompt was refused: then no candidate comes.
bool is_blocked(simdjson::dom::object answer);

/// Its own id, or one of its bytes.
std::string answer_id(simdjson::dom::object answer, std::string_view bytes);

}  // namespace headway::wire::gemini
