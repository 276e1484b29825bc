#pragma once

#include <string>
#include <string_view>

#include "job/run/setting.hpp"

namespace headway::job {

/// The settings of a run as its journal keeps them for `headway retry`: values only. What a value read from a file is there
/// as it was read. Where the run went, and how it was looked at, is no setting that comes back by itself.
struct SavedRun {
  SavedRun() {}

  std::string directory;         ///< relative paths are from here
  std::string base_url, config;  ///< as they were said; `config` as an absolute path; empty: not said
  Given given;                   ///< none reads a file but the input and prices
};

/// `given`: without the names of files to be read.
std::string saved_settings(const Given& given);

/// Throws Error (`configuration`) if `settings` are none, or have a value that would read a file.
SavedRun saved_run(const std::string& output, const std::string& settings);

}  // namespace headway::job
