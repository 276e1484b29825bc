#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "job/run/run_options.hpp"
#include "job/run/setting.hpp"

namespace headway::job {

enum class Progress { automatic, plain, json, none };

/// A run as its settings say it: what is done, and how it is begun and looked at.
struct RunSetup {
  RunSetup() {}

  RunOptions options;
  std::string output;            ///< as it was said; "-": standard output
  std::string config;            ///< the file that the endpoints are from; empty: none
  std::optional<Select> select;  ///< unset: what the output's form usually holds
  bool dry_run = false;
  std::optional<std::uint64_t> pilot;
  bool yes = false;
  Progress progress = Progress::automatic;
  bool quiet = false;  ///< no report either
  bool json = false;
  std::string report;
};

/// Where a setting stands several times, the last counts. Reads files that values name with '@'. Without an output, as for the
/// rows of a table, no path is looked at. Throws Error (`configuration`).
RunSetup run_setup(Given given);

/// Of `name` in `given`; empty: it is not there.
std::string value_of(const Given& given, std::string_view name);

/// The file of the answers: of standard output, what stands beside its journal.
std::string output_file(const Given& given);

}  // namespace headway::job
