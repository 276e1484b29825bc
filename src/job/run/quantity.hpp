#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "job/run/run_options.hpp"

// Amounts as people type them. All throw Error (`configuration`) that names the flag.
namespace headway::job {

struct Budget {
  double dollars = 0;
  std::int64_t tokens = 0;
};

/// "20usd", "$20", "5Mtok", "300ktok", "1000tok".
Budget budget_of(const std::string& text);

/// "90", "90s", "15m", "8h", "2d".
std::chrono::nanoseconds duration_of(const std::string& flag, const std::string& text);

/// "100" rows or "5%".
MaxFailures max_failures_of(const std::string& text);

/// What stands between a CSV's fields: one character, or "tab"; 0 for "": as the file shows.
char delimiter_of(const std::string& name);

}  // namespace headway::job
