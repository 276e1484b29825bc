#include "job/input/file_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include <headway/error.hpp>

namespace headway::job {

FileSource::FileSource(const std::filesystem::path& path, std::string name) : name_(std::move(name)) {
  struct ::stat status {};
  if (::stat(path.c_str(), &status) != 0) refuse("cannot be opened", errno);
  if (!S_ISREG(status.st_mode)) {
    throw Error(
        ErrorKind::configuration,
        fmt::format("{} is no file: an input is read more than once; give a pipe as standard input (-)", name_));
  }
  fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd_ < 0) refuse("cannot be opened", errno);
  ::posix_fadvise(fd_, 0, 0, POSIX_FADV_SEQUENTIAL);
}

FileSource::~FileSource() {
  if (fd_ >= 0) ::close(fd_);
}

std::size_t FileSource::read(char* to, std::size_t room) {
  while (true) {
    const auto count = ::read(fd_, to, room);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) refuse("cannot be read", errno);
  }
}

std::string FileSource::first_bytes(std::size_t wanted) const {
  std::string bytes(wanted, '\0');
  const auto count = ::pread(fd_, bytes.data(), wanted, 0);
  if (count < 0) refuse("cannot be read", errno);
  bytes.resize(static_cast<std::size_t>(count));
  return bytes;
}

void FileSource::refuse(std::string_view what, int error) const {
  throw Error(ErrorKind::configuration, fmt::format("{} {}: {}", name_, what, std::generic_category().message(error)));
}

}  // namespace headway::job
