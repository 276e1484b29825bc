#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "job/answer/answer_schema.hpp"
#include "job/record.hpp"

namespace headway::job {

/// What an answer must be so that it is no failure: `--expect`.
struct Expectation {
  Expectation() {}

  enum class Wanted {
    anything,  ///< every answer is a result; what is wrong with it is only counted
    text,      ///< not cut, filtered, refused or empty
    json,      ///< besides, the text is JSON, and valid by the schema if there is one
  };

  Wanted wanted = Wanted::anything;
  std::optional<AnswerSchema> schema;  ///< only with Wanted::json
  /// JSON may stand in a Markdown fence that is the whole text (```json ... ```). For outputs that hand out the JSON
  /// itself: there the fence is taken off. Elsewhere the text goes out as it came, and whoever reads it would stumble.
  bool fence_allowed = false;
  /// The text is one of these, besides blanks around it; only with Wanted::text. Empty: any text.
  std::vector<std::string> choices;

  /// Whether an answer found to be so is a failed row.
  bool refuses(Verdict verdict) const { return wanted != Wanted::anything && verdict != Verdict::usable; }
};

/// Which of the choices a text is; none: it is another.
std::optional<std::size_t> choice_of(const Expectation& expectation, std::string_view text);

/// From "good,bad,unsure". Throws Error (`configuration`): one is empty, or stands twice.
std::vector<std::string> choices_of(std::string_view setting);

/// From "text", "json", or a JSON Schema as "@FILE" or itself ("{..."); empty: anything. Throws Error (`configuration`): none of these, or a
/// schema that cannot be used.
Expectation expectation_of(std::string_view setting);

}  // namespace headway::job
