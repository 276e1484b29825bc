#pragma once

#include <set>
#include <string>
#include <vector>

#include "job/run/setting.hpp"

namespace headway::cli {

/// `headway run` with these settings; rows that failed before in these ways (empty: in any) are sent again, and what is
/// finished stays. Gives the exit status. Throws Error.
int retry_with(job::Given given, std::set<std::string> kinds);

/// What flags of `headway run` besides its input and output say. Throws CLI::ParseError.
job::Given flags_in(std::vector<std::string> arguments);

}  // namespace headway::cli
