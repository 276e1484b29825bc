#pragma once

#include <string>
#include <vector>

#include <headway/error.hpp>
#include <headway/response.hpp>

#include "job/answer/judge.hpp"
#include "job/row.hpp"

namespace headway::job {

/// What a finished row's line holds.
enum class Select {
  batch,  ///< OpenAI's Batch form, with the row's line and columns besides
  text,   ///< {"custom_id", "line", "text", "columns"}; with several choices "texts" too, which has them all
  json,   ///< the same with "json", the answer parsed; null where it is not JSON (so it goes with --expect json)
  body,   ///< the provider's body as it came, in one line
};

/// "batch", "text", "json" or "body"; empty: batch. Throws Error (`configuration`) for anything else.
Select select_of(std::string_view setting);
std::string_view to_string(Select select) noexcept;

struct OutputSettings {
  OutputSettings() {}

  Select select = Select::batch;
  /// `--format csv`: custom_id, line, the columns, text, as RFC 4180 has it: a line of a text is a line in the file.
  bool csv = false;
  /// `--keep-input`: the columns stand in the line itself, and the answer is its "answer". For text, json and csv.
  bool flat = false;
  bool trims = false;                ///< a text that is selected goes out without the blanks around it
  std::vector<std::string> columns;  ///< for csv: their names, in their order
};

/// Makes the lines of the outputs: each without its line end, in UTF-8, and (but for csv) without a line break. What is
/// not UTF-8 is replaced. Errors have the Batch form whatever is selected. As thread-safe as a constant.
class OutputForm {
 public:
  /// Throws Error (`configuration`): csv has texts only, and a flat line has no room for a whole response.
  explicit OutputForm(OutputSettings settings);

  /// The first line of the output; empty: there is none.
  std::string header() const;
  /// Of a row that is done, for the output.
  std::string done(const Row& row, const RawResponse& response) const;

  /// For the errors file: an answer came and --expect refuses it. The response is kept: it was paid for.
  /// "error" is {"code": "unusable", "message", "verdict", "attempts"}.
  std::string unusable(const Row& row, const RawResponse& response, const Judgement& judgement) const;
  /// No usable response came. "response" is null if no status did; its body is what came with a status of success, as it
  /// came (a string where that is no JSON), else the provider's error. "error" is {"code": the kind, "message", "attempts",
  /// "maybe_billed"}.
  std::string failed(const Row& row, const ErrorInfo& error) const;
  /// It was not sent. "error" is {"code": "invalid", "message", "attempts": 0, "maybe_billed": false}.
  std::string invalid(const BadRow& row) const;

 private:
  OutputSettings settings_;
};

}  // namespace headway::job
