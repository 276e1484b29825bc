#pragma once

#include <set>
#include <string>
#include <vector>

namespace headway::cli {

/// `headway run` with these arguments; rows that failed before in these ways (empty: in any) are sent again, and what is
/// finished stays. Gives the exit status. Throws Error and CLI::ParseError.
int retry_with(const std::vector<std::string>& arguments, std::set<std::string> kinds);

}  // namespace headway::cli
