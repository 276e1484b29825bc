#pragma once

#include <set>
#include <string>
#include <vector>

#include "job/run/run_job.hpp"

namespace headway::cli {

/// `headway run` with these arguments; rows that failed before in these ways (empty: in any) are sent again, and what is
/// finished stays. Gives the exit status. Throws Error and CLI::ParseError.
int retry_with(const std::vector<std::string>& arguments, std::set<std::string> kinds);

/// What a run leaves to be told.
struct RunEnding {
  int status = 0;      ///< as an ExitCode
  int signal = 0;      ///< that interrupted it; 0: none
  std::string reason;  ///< why it stopped; empty: nothing to say
  std::string text;    ///< the report for people; of a dry run, what it shows
  std::string json;    ///< the report for programs, as figures_json; empty: there is none, as of a dry run
};

/// `headway run` with these arguments, inside another program: what it would print at its end is given. `observer` sees
/// it go on. Throws Error, also for wrong arguments.
RunEnding run_file(const std::vector<std::string>& arguments, job::RunObserver& observer);

/// What these flags of `headway run` say of rows of a table. `rows_name_models`: else the environment does, if no flag. Throws
/// Error (`configuration`).
job::RunOptions options_of_rows(const std::vector<std::string>& flags, bool rows_name_models);

/// A flag of `headway run`, e.g. "in-flight".
struct RunFlag {
  std::string name;
  bool takes_value;
};
std::vector<RunFlag> flags_of_run();

}  // namespace headway::cli
