#pragma once

#include <chrono>
#include <string>

#include <headway/outcome.hpp>

namespace headway::call {

/// Runs a command by /bin/sh, and gives what it writes to standard output, without blanks around it. An error of kind
/// `configuration` says how the command ended and the first line that it wrote to standard error: it cannot be run, ends with
/// another status than 0, gives no key, or one that no header can carry, or takes longer than `patience` (then it is killed).
/// `stop_fd`: readable when it is to be given up; -1: never.
Outcome<std::string> run_key_command(const std::string& command, std::chrono::milliseconds patience, int stop_fd);

}  // namespace headway::call
