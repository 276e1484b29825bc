#include "job/input/spool.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include <headway/error.hpp>

namespace headway::job {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& path, std::string_view what, int error) {
  throw Error(ErrorKind::configuration, fmt::format("{}, the copy of standard input, {}: {}", path.string(), what,
                                                    std::generic_category().message(error)));
}

class PartFile {
 public:
  explicit PartFile(const std::filesystem::path& path)
      : path_(path.string() + ".part"), fd_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {
    if (fd_ < 0) refuse(path_, "cannot be made", errno);
  }
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  ~PartFile() {
    ::close(fd_);
    if (!kept_) ::unlink(path_.c_str());
  }

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto count = ::write(fd_, bytes.data(), bytes.size());
      if (count >= 0) {
        bytes.remove_prefix(static_cast<std::size_t>(count));
      } else if (errno != EINTR) {
        refuse(path_, "cannot be written", errno);
      }
    }
  }

  void become(const std::filesystem::path& path) {
    if (::fsync(fd_) != 0) refuse(path_, "cannot be written", errno);
    if (::rename(path_.c_str(), path.c_str()) != 0) refuse(path, "cannot be made", errno);
    kept_ = true;
  }

 private:
  std::filesystem::path path_;
  int fd_;
  bool kept_ = false;
};

std::uint64_t copy(int fd, PartFile& file) {
  std::vector<char> buffer(std::size_t{256} << 10);
  std::uint64_t bytes = 0;
  while (true) {
    const auto count = ::read(fd, buffer.data(), buffer.size());
    if (count == 0) return bytes;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      throw Error(ErrorKind::configuration,
                  fmt::format("standard input cannot be read: {}", std::generic_category().message(errno)));
    }
    file.write({buffer.data(), static_cast<std::size_t>(count)});
    bytes += static_cast<std::uint64_t>(count);
  }
}

}  // namespace

Spooled spool(int fd, const std::filesystem::path& path) {
  const bool is_terminal = ::isatty(fd) == 1;
  std::error_code none;
  const auto earlier = std::filesystem::file_size(path, none);
  if (is_terminal && none) {
    throw Error(ErrorKind::configuration, "standard input is a terminal: give a file, or pipe the rows in");
  }
  if (is_terminal) return {earlier, true};
  PartFile file(path);
  const auto bytes = copy(fd, file);
  if (bytes == 0 && !none) return {earlier, true};
  file.become(path);
  return {bytes, false};
}

}  // namespace headway::job
