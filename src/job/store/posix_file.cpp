#include "job/store/posix_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

namespace headway::job {

Error file_error(const std::filesystem::path& path, std::string_view what, int number) {
  return {ErrorKind::configuration,
          fmt::format("{} {}: {}", path.string(), what, std::generic_category().message(number))};
}

PosixFile::PosixFile(std::filesystem::path path, int flags, int mode)
    : path_(std::move(path)), fd_(::open(path_.c_str(), flags | O_CLOEXEC, mode)) {
  if (fd_ < 0) throw file_error(path_, "cannot be opened", errno);
}

PosixFile& PosixFile::operator=(PosixFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(fd_, other.fd_);
  return *this;
}

PosixFile::~PosixFile() {
  if (fd_ >= 0) ::close(fd_);
}

std::optional<PosixFile> PosixFile::open_existing(const std::filesystem::path& path, int flags) {
  if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) return {};
  return PosixFile(path, flags);
}

std::int64_t PosixFile::size() const {
  struct stat facts {};
  if (::fstat(fd_, &facts) != 0) throw file_error(path_, "cannot be looked at", errno);
  return facts.st_size;
}

void PosixFile::read(std::int64_t offset, std::string& text) const {
  std::size_t got = 0;
  while (got < text.size()) {
    const auto count = ::pread(fd_, text.data() + got, text.size() - got, offset + static_cast<std::int64_t>(got));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw file_error(path_, "cannot be read", errno);
    if (count == 0) break;
    got += static_cast<std::size_t>(count);
  }
  text.resize(got);
}

bool PosixFile::still_in_place() const {
  struct stat here {};
  struct stat there {};
  return ::fstat(fd_, &here) == 0 && ::stat(path_.c_str(), &there) == 0 && here.st_ino == there.st_ino &&
         here.st_dev == there.st_dev;
}

void PosixFile::truncate(std::int64_t size) {
  if (::ftruncate(fd_, size) != 0) throw file_error(path_, "cannot be shortened", errno);
}

void PosixFile::sync() {
  // Some file systems cannot sync, and say EINVAL.
  if (::fdatasync(fd_) != 0 && errno != EINVAL) throw file_error(path_, "cannot be synced to the disk", errno);
}

void sync_folder_of(const std::filesystem::path& path) {
  const auto parent = path.parent_path();
  const PosixFile folder(parent.empty() ? "." : parent, O_RDONLY | O_DIRECTORY);
  if (::fsync(folder.descriptor()) != 0 && errno != EINVAL) {
    throw file_error(folder.path(), "cannot be synced to the disk", errno);
  }
}

}  // namespace headway::job
