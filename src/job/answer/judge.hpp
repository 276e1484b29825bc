#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <headway/response.hpp>

#include "job/answer/expectation.hpp"
#include "job/record.hpp"

namespace headway::job {

/// Whether an answer can be used.
struct Judgement {
  Judgement() {}

  Verdict verdict = Verdict::usable;
  std::string detail;  ///< why it is not usable, one sentence without the answer's text; empty if it is
};

/// Whether answers of this path have a text, which --expect and --select text and json need. Embeddings have none.
bool has_text(std::string_view path);

/// Judges the choices that an answer of this path has. If one of several is not usable, neither is the answer; its detail
/// says which. With a schema it may take 60 ms a choice, and is bounded by that. Any number of threads.
Judgement judge(std::string_view path, const std::vector<Choice>& choices, const Expectation& expectation);

/// The same if it is a matter of some 0.2 ms, as of nearly all answers; else nothing.
std::optional<Judgement> judge_quickly(std::string_view path, const std::vector<Choice>& choices,
                                       const Expectation& expectation);

/// The same for who cannot wait: an answer that takes many steps counts as not valid, and says that it was not judged.
Judgement judge_in_haste(std::string_view path, const std::vector<Choice>& choices, const Expectation& expectation);

/// "usable", "cut", ...: the names in outputs and figures. Never empty.
std::string_view to_string(Verdict verdict) noexcept;

}  // namespace headway::job
