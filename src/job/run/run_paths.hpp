#pragma once

#include "job/run/setting.hpp"
#include "job/store/paths.hpp"

namespace headway::job {

/// Throws Error (`configuration`) if a file that the settings name cannot be what it is named for: the output is no regular
/// file or its folder is not there, the report cannot be written, or a file that is read is one that the run writes.
void check_paths(const Given& given, const StorePaths& paths);

}  // namespace headway::job
