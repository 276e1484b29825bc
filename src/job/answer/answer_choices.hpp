#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

namespace headway::job {

/// One of the answers in a body. The views are into the parsed document.
struct AnswerChoice {
  AnswerChoice() {}

  std::int64_t index = 0;
  std::string text;  ///< the content's; without the refusal
  std::string refusal;
  std::string_view finish_reason;
  bool has_other = false;  ///< besides text: tool calls, audio, an embedding
};

// What they are told is missing shows as an empty list: nothing to be answered with.

/// Of the "choices" of /v1/chat/completions and /v1/completions, by their index.
std::vector<AnswerChoice> read_choices(simdjson::dom::element choices);

/// Of the "output" of /v1/responses: all its messages together are one choice.
std::vector<AnswerChoice> read_output(simdjson::dom::element output);

/// Of the "data" of /v1/embeddings: one choice without a text, if there is any.
std::vector<AnswerChoice> read_embeddings(simdjson::dom::element data);

}  // namespace headway::job
