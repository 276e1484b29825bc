#include "job/store/output_writer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include <fmt/format.h>

#include "job/store/fault_points.hpp"
#include "job/store/lock.hpp"

namespace headway::job {

OutputWriter::OutputWriter(std::filesystem::path path, std::string header, Durability durability)
    : path_(std::move(path)), header_(std::move(header)), durability_(durability) {}

void OutputWriter::resume_at(FileEnd end) {
  start_ = end.start;
  written_ = end.end;
  auto file = PosixFile::open_existing(path_, O_RDWR | O_APPEND);
  if (!file) return;
  take(std::move(*file));
  if (file_.size() > written_) file_.truncate(written_);
}

void OutputWriter::open() {
  if (file_.is_open()) return;
  take(PosixFile(path_, O_RDWR | O_CREAT | O_APPEND));
  if (durability_ == Durability::power) sync_folder_of(path_);
}

void OutputWriter::take(PosixFile file) {
  hold_output(file);
  file_ = std::move(file);
}

std::int64_t OutputWriter::add(std::string_view line) {
  if (written_ == 0 && buffer_.empty() && !header_.empty()) {
    append(header_);
    start_ = ends_.back();
  }
  const auto offset = written_ + static_cast<std::int64_t>(buffer_.size());
  append(line);
  return offset;
}

void OutputWriter::append(std::string_view line) {
  buffer_.append(line).push_back('\n');
  ends_.push_back(written_ + static_cast<std::int64_t>(buffer_.size()));
}

void OutputWriter::check_as_left() {
  if (!file_.is_open()) return;
  if (!file_.still_in_place()) refuse("moved or deleted");
  check_size(written_);
}

// What stands where is not known any more, whatever the size is later.
void OutputWriter::check_size(std::int64_t expected) {
  const auto size = file_.size();
  if (spoiled_.empty() && size < expected) spoiled_ = "shortened by another program";
  if (spoiled_.empty() && size > expected) spoiled_ = "written to by another program";
  if (!spoiled_.empty()) refuse(spoiled_);
}

void OutputWriter::refuse(std::string_view what) const {
  throw Error(ErrorKind::configuration, fmt::format("{} was {} while the run was writing it", path_.string(), what));
}

void OutputWriter::flush() {
  if (buffer_.empty()) return;
  open();
  check_as_left();
  fault_point("before_write");
  if (fault_due("inside_line")) {
    [[maybe_unused]] const auto count = ::write(file_.descriptor(), buffer_.data(), buffer_.size() / 2);
    ::kill(::getpid(), SIGKILL);
  }
  write();
  fault_point("after_line_written");
}

// At the end, wherever that is by now: so one who shortens the file at this moment leaves no hole in it, and is seen.
void OutputWriter::write() {
  std::size_t done = 0;
  while (done < buffer_.size()) {
    const auto count = ::write(file_.descriptor(), buffer_.data() + done, buffer_.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) fail_after(done, count < 0 ? errno : ENOSPC);
    done += static_cast<std::size_t>(count);
  }
  check_size(written_ + static_cast<std::int64_t>(done));
  took(done);
}

void OutputWriter::fail_after(std::size_t bytes, int number) {
  check_size(written_ + static_cast<std::int64_t>(bytes));
  took(bytes);
  [[maybe_unused]] const int cut = ::ftruncate(file_.descriptor(), written_);  // else the next flush stands behind it
  throw file_error(path_, "cannot be written", number);
}

void OutputWriter::took(std::size_t bytes) {
  const auto reached = written_ + static_cast<std::int64_t>(bytes);
  const auto before = written_;
  while (!ends_.empty() && ends_.front() <= reached) {
    written_ = ends_.front();
    ends_.pop_front();
  }
  buffer_.erase(0, static_cast<std::size_t>(written_ - before));
  unsynced_ = unsynced_ || written_ != before;
}

void OutputWriter::sync() {
  if (sync_failed_) throw file_error(path_, "could not be synced to the disk before", EIO);
  if (!unsynced_ || !file_.is_open()) return;
  sync_failed_ = true;
  file_.sync();
  sync_failed_ = unsynced_ = false;
}

}  // namespace headway::job
