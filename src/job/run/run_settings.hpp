#pragma once

#include <string_view>
#include <vector>

#include "job/run/setting.hpp"

namespace headway::job {

/// All that a run can be told, in the order of the program's help, which is that in which they are applied.
const std::vector<Setting>& run_settings();

/// Null: there is none of this name.
const Setting* find_setting(std::string_view name);

}  // namespace headway::job
