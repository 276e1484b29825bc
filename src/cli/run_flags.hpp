#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "command.hpp"
#include "job/run/run_options.hpp"

namespace headway::cli {

enum class Progress { automatic, plain, json, none };

/// What `headway run` takes.
struct RunFlags {
  std::string input;
  std::string output;   ///< "-": standard output
  std::string journal;  ///< of standard output; empty: none
  std::string delimiter;
  EndpointFlags endpoint;
  job::RunOptions options;  // those that are flags as they are
  bool lines = false;
  std::string input_format, output_format = "jsonl", select, http, durability = "process";
  std::string prompt, system;
  std::optional<double> rpm, tpm, price_in, price_out, timeout_s;
  std::string prices;
  std::optional<int> max_retries;
  std::string budget, deadline, max_failures;
  bool rerun_changed = false, keep_finished = false, no_resend = false;

  bool dry_run = false;
  std::optional<std::uint64_t> pilot;
  bool yes = false;
  Progress progress = Progress::automatic;
  bool quiet = false;  ///< no report either
  bool json = false;
  std::string report;
};

void add_run_flags(CLI::App& command, RunFlags& flags);

/// The file of the answers: of standard output, what stands beside its journal.
std::string output_file(const RunFlags& flags);

/// What the flags say. Reads files that they name with '@'. `arguments`: as typed, for the journal. Throws Error
/// (`configuration`).
job::RunOptions run_options(const RunFlags& flags, const std::vector<std::string>& arguments);

}  // namespace headway::cli
