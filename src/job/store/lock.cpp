#include "job/store/lock.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <string_view>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace headway::job {
namespace {

constexpr std::string_view its_first_word = "process ";

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
  return fmt::format("{}{} on {}, started {:%Y-%m-%d %H:%M:%S} UTC\n", its_first_word, ::getpid(), host.data(),
                     fmt::gmtime(std::chrono::system_clock::to_time_t(now)));
}

std::string holder_of(const PosixFile& file) {
  std::string text(512, '\0');
  file.read(0, text);
  while (text.ends_with('\n')) text.pop_back();
  return text.empty() ? "another process" : text;
}

bool locks(const PosixFile& file) {
  auto lock = whole_file();
  return ::fcntl(file.descriptor(), F_OFD_SETLK, &lock) == 0;
}

bool is_held_elsewhere() {
  return errno == EAGAIN || errno == EACCES;
}

[[noreturn]] void refuse_held(const std::filesystem::path& output) {
  throw Error(ErrorKind::configuration,
              fmt::format("another run is writing this output: it holds {}, though its lock file was removed",
                          output.string()));
}

// A lock's own text, or one that died before it was written.
void check_is_ours(const PosixFile& file) {
  std::string text(512, '\0');
  file.read(0, text);
  if (text.empty() || text.starts_with(its_first_word)) return;
  throw Error(
      ErrorKind::configuration,
      fmt::format("{} is there and is no lock of headway: rename it, or name another output", file.path().string()));
}

}  // namespace

Lock::Lock(const std::filesystem::path& path) {
  do {  // once more if the run before removed the file between our opening and our locking
    file_ = PosixFile(path, O_RDWR | O_CREAT);
    check_is_ours(file_);
    if (locks(file_)) continue;
    if (!is_held_elsewhere()) throw file_error(path, "cannot be locked", errno);
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

void hold_output(const PosixFile& file) {
  if (!locks(file) && is_held_elsewhere()) refuse_held(file.path());
}

void check_not_held(const StorePaths& paths) {
  for (const auto file : output_files) {
    if (is_locked(paths.of(file))) refuse_held(paths.of(file));
  }
}

bool is_locked(const std::filesystem::path& path) {
  const auto file = PosixFile::open_existing(path, O_RDONLY | O_NONBLOCK);
  if (!file) return false;
  auto lock = whole_file();
  return ::fcntl(file->descriptor(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

}  // namespace headway::job
