#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <headway/error.hpp>

namespace headway::job {

/// What the system said of a file: "results.jsonl cannot be written: No space left on device". `number` is an errno.
Error file_error(const std::filesystem::path& path, std::string_view what, int number);

/// An open file. All that fails throws file_error.
class PosixFile {
 public:
  PosixFile() = default;
  /// `flags` and `mode` as for open(); O_CLOEXEC is added.
  PosixFile(std::filesystem::path path, int flags, int mode = 0666);
  PosixFile(PosixFile&& other) noexcept : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}
  PosixFile& operator=(PosixFile&& other) noexcept;
  ~PosixFile();

  /// Nothing if there is no such file.
  static std::optional<PosixFile> open_existing(const std::filesystem::path& path, int flags);

  bool is_open() const { return fd_ >= 0; }
  int descriptor() const { return fd_; }
  const std::filesystem::path& path() const { return path_; }

  std::int64_t size() const;
  /// Fills `text` from `offset` on; shortened if the file ends before.
  void read(std::int64_t offset, std::string& text) const;
  /// Whether the path still leads to this very file.
  bool still_in_place() const;
  void truncate(std::int64_t size);
  /// Data and size, as fdatasync does.
  void sync();

 private:
  std::filesystem::path path_;
  int fd_ = -1;
};

/// Makes the names in the folder of `path` last through a power cut.
void sync_folder_of(const std::filesystem::path& path);

}  // namespace headway::job
