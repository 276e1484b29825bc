#pragma once

#include <functional>
#include <string>
#include <vector>

namespace headway::cli {

/// The settings of a run as its journal keeps them for `headway retry`: values only. What a flag read from a file is there
/// as it was read. Where the run went, and how it was looked at, is no setting that comes back by itself.
struct SavedRun {
  SavedRun() {}

  std::string directory;               ///< relative paths are from here
  std::string base_url, config;        ///< of the flags; `config` as an absolute path; empty: not given
  std::vector<std::string> arguments;  ///< for `headway run`; none reads a file but the input and --prices
};

/// From the arguments of `headway run` as typed. `read` reads the file that a flag names with '@'.
std::string saved_settings(const std::vector<std::string>& arguments,
                           const std::function<std::string(const std::string&)>& read);

/// Throws Error (`configuration`) if `settings` are none, or have a value that would read a file.
SavedRun saved_run(const std::string& output, const std::string& settings);

/// Throws Error (`configuration`) if the run went to another endpoint than the environment names, and `typed` names none: a
/// journal may be another's, and keys are not sent where it says.
void check_endpoint_is_named(const std::string& output, const SavedRun& run, const std::vector<std::string>& typed);

}  // namespace headway::cli
