#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <headway/response.hpp>
#include <headway/stage_times.hpp>

#include "base/money.hpp"

namespace headway::job {

enum class RowState : std::uint8_t {
  done = 1,     ///< its answer is in the output
  failed = 2,   ///< its error is in the errors file
  invalid = 3,  ///< it was not sent, and stands in the errors file (--skip-invalid)
};

/// Whether an answer can be used. All but `usable` are counted and shown.
enum class Verdict : std::uint8_t {
  usable = 0,
  cut = 1,           ///< by max_tokens: finish_reason "length"
  filtered = 2,      ///< by the provider: finish_reason "content_filter"
  refused = 3,       ///< the model's own refusal
  empty = 4,         ///< no text, and no tool call
  not_json = 5,      ///< asked for by --expect
  not_valid = 6,     ///< JSON that is not what the schema of --expect says
  unknown_end = 7,   ///< it ended in a word that headway does not know
  not_a_choice = 8,  ///< a text that is none of --choices
};

/// How a row ended: what the journal and the outputs keep of it.
struct Record {
  Record() {}

  std::uint64_t number = 0;  ///< as in Row
  std::uint64_t line = 0;
  std::uint64_t content_hash = 0;
  std::uint64_t request_hash = 0;  ///< 0 for a row that could not be sent
  std::uint64_t id_hash = 0;       ///< hash_of_id(custom_id)
  RowState state = RowState::done;
  Verdict verdict = Verdict::usable;
  std::string kind;  ///< of a failure, e.g. "bad_request" (ErrorKind's name), "unusable", "invalid"; else empty
  int status = 0;    ///< HTTP; 0: no answer came
  int attempts = 0;
  bool maybe_billed = false;  ///< it failed, and may have been paid for all the same
  Usage usage;
  Money cost;
  std::vector<std::uint16_t> choices;  ///< of a row that is done: which of --choices its answers are
  bool cost_known = true;              ///< false: it has no price, and `cost` is zero
  StageTimes times;
  /// The line for the output, or if it failed for the errors file, whole and without its line end.
  std::string text;
};

/// Whether an answer came, of use or not: it was paid for.
inline bool is_answered(const Record& record) {
  return record.state == RowState::done || record.kind == "unusable";
}

}  // namespace headway::job
