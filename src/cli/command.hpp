#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <headway/options.hpp>

namespace headway::cli {

/// What the program's exit status means.
enum ExitCode {
  all_done = 0,
  call_failed = 1,    ///< the provider or the network failed
  bad_settings = 2,   ///< nothing was sent: a wrong flag, a missing key
  stopped = 3,        ///< a run ended before its end, and can go on where it was
  interrupted = 128,  ///< plus the signal's number, as shells say it
};

/// Where a command's calls go.
struct EndpointFlags {
  std::string base_url;
  std::string config;  ///< a headway.toml; empty: none

  /// Throws Error (`configuration`) as read_config does.
  ClientOptions client() const;
  /// The same for calls to `model`.
  ClientOptions client_for(std::string& model) const;
};

/// For an option's check(): a number, from `least` to `most`. CLI11's own take "nan", or tell of a largest number of 300
/// digits.
CLI::Validator between(double least, double most);

/// Adds `--base-url` and `--config`.
void add_endpoint(CLI::App& command, EndpointFlags& target);
/// Which run a command looks at, and how it tells.
struct LookFlags {
  std::string output;
  bool json = false;
};

/// Adds the run's output and `--json`.
void add_look(CLI::App& command, LookFlags& target);
/// Adds `--timeout`, kept in `target`: the call's deadline, so that it holds for retries and waits too. Unset: none.
void add_timeout(CLI::App& command, std::optional<std::chrono::milliseconds>& target);

// Each adds a command to the program. The command is run while the arguments are parsed; it throws headway::Error, or
// CLI::RuntimeError with the exit status when it has said what there is to say.
void add_ask(CLI::App& program);
void add_bench(CLI::App& program);
void add_completions(CLI::App& program);
void add_config(CLI::App& program);
void add_failures(CLI::App& program);
void add_man(CLI::App& program);
void add_models(CLI::App& program);
void add_retry(CLI::App& program);
void add_run(CLI::App& program);
void add_status(CLI::App& program);

}  // namespace headway::cli
