#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "../support/temporary_directory.hpp"

namespace headway::fuzz {

/// A folder for this process's files: in memory, as tests/fuzz/run has it.
inline const std::filesystem::path& folder() {
  static const test::TemporaryDirectory made;
  return made.path();
}

inline void write_file(const std::filesystem::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

inline std::string file_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace headway::fuzz
