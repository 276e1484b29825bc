#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace headway::job {

/// Where a row's line stands.
enum class OutputFile : std::uint8_t { results = 0, errors = 1 };
inline constexpr std::array output_files = {OutputFile::results, OutputFile::errors};

constexpr std::size_t index_of(OutputFile file) {
  return static_cast<std::size_t>(file);
}

/// Whether what is said done survives the end of the process only, or that of the machine too.
/// - process: lines are handed to the kernel, then the journal is committed. A kill at any moment loses nothing that
///   was said done; a power cut may (the next start finds out what).
/// - power: lines are synced to the disk first, then the journal is committed and synced (synchronous=FULL).
enum class Durability : std::uint8_t { process, power };

/// The files of one run, all named for its output `results.jsonl`.
struct StorePaths {
  explicit StorePaths(const std::filesystem::path& output);

  std::filesystem::path results;  ///< as given, links followed, also to what is not there yet
  std::filesystem::path errors;   ///< results.errors.jsonl; of results.csv: results.csv.errors.jsonl
  std::filesystem::path journal;  ///< results.jsonl.journal; SQLite adds -wal and -shm
  std::filesystem::path lock;     ///< results.jsonl.lock

  const std::filesystem::path& of(OutputFile file) const { return file == OutputFile::results ? results : errors; }
  /// Where the file is written anew before it takes its place.
  std::filesystem::path rewrite_of(OutputFile file) const;
  /// Every file that a run may write or remove.
  std::vector<std::filesystem::path> all() const;
};

}  // namespace headway::job
