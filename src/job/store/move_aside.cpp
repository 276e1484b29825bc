#include "job/store/move_aside.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "job/store/posix_file.hpp"

namespace headway::job {
namespace {

using std::filesystem::path;

// The outputs last: as long as they are there, so is the reason to come here again.
std::array<path, 5> files_of(const StorePaths& paths) {
  return {path(paths.journal) += "-wal", path(paths.journal) += "-shm", paths.journal, paths.errors, paths.results};
}

}  // namespace

std::vector<std::pair<path, path>> move_aside(const StorePaths& paths) {
  const auto here = files_of(paths);
  const auto aside = [&](int number) {
    return files_of(StorePaths(path(paths.results) += "." + std::to_string(number)));
  };
  int number = 1;
  while (std::ranges::any_of(aside(number), [](const path& file) { return std::filesystem::exists(file); })) ++number;
  const auto there = aside(number);
  std::vector<std::pair<path, path>> moved;
  for (std::size_t i = 0; i < here.size(); ++i) {
    if (!std::filesystem::exists(here[i])) continue;
    std::filesystem::rename(here[i], there[i]);
    moved.emplace_back(here[i], there[i]);
  }
  if (!moved.empty()) sync_folder_of(paths.results);
  return moved;
}

}  // namespace headway::job
