#include "job/store/lock.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace headway::job {
namespace {

// Locks of the open file, not of the process: SQLite's own and those of a fork do not meddle with them. Over NFS they
// hold between machines as long as its lock service runs (NFSv4 has it built in).
struct flock whole_file() {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

std::string who_we_are() {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  const auto now = std::chrono::system_clock::now();
  return fmt::format("process {} on {}, started {:%Y-%m-%d %H:%M:%S} UTC\n", ::getpid(), host.data(),
                     fmt::gmtime(std::chrono::system_clock::to_time_t(now)));
}

std::string holder_of(const PosixFile& file) {
  std::string text(512, '\0');
  file.read(0, text);
  while (text.ends_with('\n')) text.pop_back();
  return text.empty() ? "another process" : text;
}

}  // namespace

Lock::Lock(const std::filesystem::path& path) {
  do {  // once more if the run before removed the file between our opening and our locking
    file_ = PosixFile(path, O_RDWR | O_CREAT);
    auto lock = whole_file();
    if (::fcntl(file_.descriptor(), F_OFD_SETLK, &lock) == 0) continue;
    if (errno != EAGAIN && errno != EACCES) throw file_error(path, "cannot be locked", errno);
    throw Error(ErrorKind::configuration,
                fmt::format("another run is writing this output: {} (it holds {})", holder_of(file_), path.string()));
  } while (!file_.still_in_place());
  file_.truncate(0);
  const auto text = who_we_are();
  if (::pwrite(file_.descriptor(), text.data(), text.size(), 0) >= 0) return;
  const int number = errno;
  ::unlink(path.c_str());
  throw file_error(path, "cannot be written", number);
}

Lock::~Lock() {
  if (file_.is_open()) ::unlink(file_.path().c_str());
}

bool is_locked(const std::filesystem::path& path) {
  const auto file = PosixFile::open_existing(path, O_RDONLY);
  if (!file) return false;
  auto lock = whole_file();
  return ::fcntl(file->descriptor(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

}  // namespace headway::job
