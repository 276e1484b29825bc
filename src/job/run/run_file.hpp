#pragma once

#include <string>

#include "job/run/run_job.hpp"
#include "job/run/run_setup.hpp"

namespace headway::job {

enum class RunOutcome { all_done, some_failed, stopped };

/// What a run leaves to be told.
struct RunEnding {
  RunOutcome outcome = RunOutcome::all_done;
  int signal = 0;      ///< that interrupted it; 0: none
  std::string reason;  ///< why it stopped; empty: nothing to say
  std::string text;    ///< the report for people; of a dry run, what it shows
  std::string page;    ///< the report as a web page; empty as `json`
  std::string json;    ///< the report for programs, as report_json; empty: there is none, as of a dry run
};

/// A run with its view on standard error, its pilot and its page, or a dry run. `observer`: sees it besides the view; null:
/// nobody. Throws Error.
RunEnding run_file(const RunSetup& setup, RunObserver* observer = nullptr);

/// What these settings say of rows of a table. `rows_name_models`: else the environment does, if no setting. Throws
/// Error (`configuration`).
RunOptions options_of_rows(Given given, bool rows_name_models);

/// A provider before a model's name ("anthropic:claude-haiku-4-5") is taken off, and is the client's. Throws Error
/// (`configuration`) where its endpoints, of the file `config`, say theirs.
void take_provider(std::string& model, ClientOptions& client, const std::string& config);

}  // namespace headway::job
