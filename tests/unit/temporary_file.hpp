#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "../support/temporary_directory.hpp"

namespace headway::test {

/// A file in a folder of its own.
class TemporaryFile {
 public:
  TemporaryFile(const std::string& name, std::string_view text) : path_(directory_.path() / name) {
    std::ofstream(path_, std::ios::binary) << text;
  }

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path directory() const { return directory_.path(); }

 private:
  TemporaryDirectory directory_;
  std::filesystem::path path_;
};

}  // namespace headway::test
