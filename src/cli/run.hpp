#pragma once

#include <set>
#include <string>
#include <vector>

#include "job/run/run_job.hpp"
#include "job/run/setting.hpp"

namespace headway::cli {

/// `headway run` with these settings; rows that failed before in these ways (empty: in any) are sent again, and what is
/// finished stays. Gives the exit status. Throws Error.
int retry_with(job::Given given, std::set<std::string> kinds);

/// What flags of `headway run` besides its input and output say. Throws CLI::ParseError.
job::Given flags_in(std::vector<std::string> arguments);

/// What a run leaves to be told.
struct RunEnding {
  int status = 0;      ///< as an ExitCode
  int signal = 0;      ///< that interrupted it; 0: none
  std::string reason;  ///< why it stopped; empty: nothing to say
  std::string text;    ///< the report for people; of a dry run, what it shows
  std::string json;    ///< the report for programs, as figures_json; empty: there is none, as of a dry run
  std::string page;    ///< the report as a web page; empty as `json`
};

/// `headway run` with these settings, inside another program: what it would print at its end is given. `observer` sees
/// it go on. Throws Error.
RunEnding run_file(job::Given given, job::RunObserver& observer);

/// What these settings say of rows of a table. `rows_name_models`: else the environment does, if no setting. Throws
/// Error (`configuration`).
job::RunOptions options_of_rows(job::Given given, bool rows_name_models);

}  // namespace headway::cli
