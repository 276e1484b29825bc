#pragma once

#include <functional>
#include <string>

#include <CLI/CLI.hpp>

namespace headway::cli {

/// What the program's exit status means.
enum ExitCode {
  all_done = 0,
  call_failed = 1,   ///< the provider or the network failed
  bad_settings = 2,  ///< nothing was sent: a wrong flag, a missing key
};

/// Adds `--base-url`, kept in `target`.
inline void add_base_url(CLI::App& command, std::string& target) {
  command.add_option("--base-url", target, "The endpoint, e.g. http://127.0.0.1:8080/v1 (default: OPENAI_BASE_URL)");
}

// Each adds a command to the program. The command is run while the arguments are parsed; it throws headway::Error.
void add_ask(CLI::App& program);
void add_models(CLI::App& program);

}  // namespace headway::cli
