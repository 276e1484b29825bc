#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>

#include "job/input/check.hpp"
#include "job/run/row_feed.hpp"
#include "job/run/run_options.hpp"
#include "job/store/resume_plan.hpp"
#include "job/store/run_files.hpp"

namespace headway::job {

/// Throws Error (`configuration`) that lists the bad rows, if there are any and they are not to be skipped.
void refuse_bad_rows(const RunOptions& options, const InputCheck& check);

/// Throws Error (`configuration`) for an address that is none or a key that is missing, as a run does before anything is
/// made.
void check_endpoints(const ClientOptions& options);

/// With a price for the prompt alone as embeddings have it: what comes back costs nothing.
ClientOptions priced_as_embeddings(ClientOptions options);
/// Throws Error (`configuration`): a price for the prompt alone, where there are answers to pay for.
void refuse_half_a_price(const RunOptions& options, const InputCheck& check);

/// A sentence that names the columns that are neither sent nor carried to the output; empty: there are none to be named.
std::string unused_note(const InputCheck& check);

/// The files of a run. Throws as RunFiles.
RunFilesOptions files_options(const RunOptions& options, std::string header);

/// Holds the whole input against what an earlier start left. Throws Error (`configuration`) if finished rows would be sent
/// again and nobody has said that they may.
ResumePlan plan_resume(const RunOptions& options, const InputCheck& check, RunFiles& files);

/// Whether an earlier start had another `expect`, or its schema said something else.
bool is_judged_otherwise(const RunOptions& options, Journal& journal);

/// Keeps what the next start must know of the settings, and how many rows they select.
void keep_settings(const RunOptions& options, std::uint64_t rows, Journal& journal);

/// What is done with each row: the plan's decision and the options together.
class Treatments {
 public:
  /// After RunFiles::apply(): rows have the numbers of this input.
  Treatments(const RunOptions& options, ResumePlan plan, Journal& journal);

  Treatment of(std::uint64_t number) const;
  bool has_failed_before(std::uint64_t number) const { return plan_.decision(number) == Decision::failed; }
  /// Rows that are sent though they may have been sent before, and nobody knows what came of it.
  std::uint64_t maybe_sent_twice() const;

 private:
  bool sends(std::uint64_t number) const;

  OnChanged on_changed_;
  bool resend_;
  bool retry_;  ///< nothing but failed rows is sent
  ResumePlan plan_;
  std::unordered_set<std::uint64_t> again_;  ///< failed rows that are sent once more
};

/// Rows that ended before and are left as they are.
struct LeftAlone {
  std::uint64_t rows = 0;
  std::uint64_t failed = 0;  ///< of these
};

/// Of the rows that are selected.
LeftAlone rows_left_alone(const RunOptions& options, const InputCheck& check, const ResumeCounts& counts,
                          const Treatments& treatments);

}  // namespace headway::job
