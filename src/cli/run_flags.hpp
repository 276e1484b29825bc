#pragma once

#include "command.hpp"
#include "job/run/setting.hpp"

namespace headway::cli {

/// The flags of `headway run`, as job::run_settings() has them. `names_files`: its input and output too.
void add_run_flags(CLI::App& command, bool names_files);

/// What was typed of them.
job::Given given_flags(const CLI::App& command);

}  // namespace headway::cli
