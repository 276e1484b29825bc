#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <headway/options.hpp>

#include "job/answer/output_form.hpp"
#include "job/input/settings.hpp"
#include "job/store/paths.hpp"

namespace headway::job {

/// What to do where the input or the settings have changed so that finished rows would be sent again.
enum class OnChanged {
  stop,   ///< an error that says how many rows, and what they had cost
  rerun,  ///< they are sent again, and their old lines removed
  keep,   ///< their old answers stay
};

/// When too many rows have failed.
struct MaxFailures {
  MaxFailures() {}

  std::optional<std::uint64_t> rows;  ///< in all
  std::optional<double> share;        ///< of those that have ended, from the 100th on; 0 to 1
};

/// One durable run: rows in, answers out, resumed where it was.
struct RunOptions {
  RunOptions() {}

  InputSettings input;
  bool standard_input = false;  ///< `input.path` is where it is kept, so that the run can be resumed
  bool skip_invalid = false;    ///< bad rows are recorded as failed; else they are an error before anything is sent

  std::filesystem::path output;
  OutputSettings form;
  bool ordered = false;  ///< lines in the input's order
  Durability durability = Durability::process;
  bool fresh = false;                ///< what is there is moved aside
  std::vector<std::string> choices;  ///< labels of which an answer is one, and which are counted; empty: any text
  std::string expect;                ///< as expectation_of
  int answer_retries = 0;            ///< times that a row is sent again whose answer is not as expected; each is billed

  ClientOptions client;
  std::optional<std::chrono::milliseconds> timeout;  ///< of one attempt; unset: the client's
  std::size_t in_flight = 0;                         ///< rows in flight at the most; 0: 10,000

  OnChanged on_changed = OnChanged::stop;
  bool resend = true;  ///< rows that may have been sent before a crash are sent again; else recorded as failed
  /// Set: rows that failed before are sent again: those of these kinds, or all if it is empty.
  std::optional<std::set<std::string>> retry_kinds;

  std::optional<MaxFailures> max_failures;
  std::optional<std::chrono::nanoseconds> deadline;  ///< from the first row on: then no more are sent
  double budget_dollars = 0;                         ///< for all starts of this run together; 0: none
  std::int64_t budget_tokens = 0;                    ///< the same in tokens; 0: none

  bool priced = false;  ///< the model's price is known; else answers tell whether there is one

  std::optional<std::uint64_t> pilot_of;  ///< set: the rows selected are a pilot, and so many there are in all

  std::vector<std::pair<std::string, std::string>> shown;  ///< settings, as the report shows them
  bool shows_prompts = false;                              ///< in the report
  std::string saved;                                       ///< settings, as the journal keeps them
};

/// Rows in flight at the most.
inline std::size_t most_in_flight(const RunOptions& options) {
  constexpr std::size_t usual = 10'000;
  return options.in_flight > 0 ? options.in_flight : usual;
}

}  // namespace headway::job
