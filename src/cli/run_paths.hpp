#pragma once

#include "job/store/paths.hpp"
#include "run_flags.hpp"

namespace headway::cli {

/// Throws Error (`configuration`) if a file that the flags name cannot be what it is named for: the output is no regular
/// file or its folder is not there, the report cannot be written, or a file that is read is one that the run writes.
void check_paths(const RunFlags& flags, const job::StorePaths& paths);

}  // namespace headway::cli
