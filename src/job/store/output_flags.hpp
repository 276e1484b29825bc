#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "job/store/journal.hpp"

namespace headway::job {

/// What forms the lines of an output: for each flag its name and how it was given, e.g. {"select", "with --select text"},
/// {"ordered", "without --ordered"}.
using OutputFlags = std::vector<std::pair<std::string, std::string>>;

/// Throws an Error (`configuration`) if the output was begun with other flags: its lines would be of two forms.
void check_output_flags(Journal& journal, const std::filesystem::path& output, const OutputFlags& flags);
void keep_output_flags(Journal& journal, const OutputFlags& flags);

}  // namespace headway::job
