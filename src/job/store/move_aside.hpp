#pragma once

#include <filesystem>
#include <utility>
#include <vector>

#include "job/store/paths.hpp"

namespace headway::job {

/// Renames outputs and journal to those of a free output name, e.g. results.jsonl.1 (so `headway status results.jsonl.1`
/// still knows them). Returns old and new names.
std::vector<std::pair<std::filesystem::path, std::filesystem::path>> move_aside(const StorePaths& paths);

}  // namespace headway::job
