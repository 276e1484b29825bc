#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <headway/outcome.hpp>

#include "job/answer/expectation.hpp"
#include "job/record.hpp"

namespace headway::job {

/// What stands in an answer, and whether it can be used.
struct Answer {
  Answer() {}

  Verdict verdict = Verdict::usable;
  std::string text;  ///< of the first choice: content, else refusal; empty for embeddings and bare tool calls
  std::vector<std::string> more;  ///< texts of the other choices, in order; mostly there are none
  std::string finish_reason;      ///< of the first choice; at /v1/responses its status, or why it is incomplete
  std::string detail;             ///< why it is not usable, one sentence without the answer's text; empty if it is
};

/// Whether answers of this path have a text, which --expect and --select text and json need. Embeddings have none.
bool has_text(std::string_view path);

/// Reads an answer of /v1/completions, /v1/chat/completions, /v1/responses or /v1/embeddings (also under another base
/// path). If one of several choices is not usable, neither is the answer; its detail says which. The whole body is
/// checked to be JSON in UTF-8.
///
/// The error: `protocol` if it is no JSON, has no answer in it or is not finished ("queued"), else the provider's own if
/// it came with a status of success; its words are in `provider_message` only, not blacked out. Any number of threads,
/// each with an expectation of its own.
Outcome<Answer> inspect(std::string_view path, std::string_view body, const Expectation& expectation);

/// "usable", "cut", ...: the names in outputs and figures. Never empty.
std::string_view to_string(Verdict verdict) noexcept;

}  // namespace headway::job
