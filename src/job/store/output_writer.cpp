#include "job/store/output_writer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include "job/store/fault_points.hpp"

namespace headway::job {

OutputWriter::OutputWriter(std::filesystem::path path, std::string header, Durability durability)
    : path_(std::move(path)), header_(std::move(header)), durability_(durability) {}

void OutputWriter::resume_at(FileEnd end) {
  start_ = end.start;
  written_ = end.end;
  auto file = PosixFile::open_existing(path_, O_RDWR);
  if (!file) return;
  file_ = std::move(*file);
  if (file_.size() > written_) file_.truncate(written_);
}

void OutputWriter::open() {
  if (file_.is_open()) return;
  file_ = PosixFile(path_, O_RDWR | O_CREAT);
  if (durability_ == Durability::power) sync_folder_of(path_);
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

void OutputWriter::flush() {
  if (buffer_.empty()) return;
  open();
  if (!file_.still_in_place()) {
    throw Error(ErrorKind::configuration, path_.string() + " was moved or deleted while the run was writing it");
  }
  fault_point("before_write");
  if (fault_due("inside_line")) {
    [[maybe_unused]] const auto count = ::pwrite(file_.descriptor(), buffer_.data(), buffer_.size() / 2, written_);
    ::kill(::getpid(), SIGKILL);
  }
  std::size_t done = 0;
  while (done < buffer_.size()) {
    const auto count = ::pwrite(file_.descriptor(), buffer_.data() + done, buffer_.size() - done,
                                written_ + static_cast<std::int64_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      const int number = count < 0 ? errno : ENOSPC;
      took(done);
      [[maybe_unused]] const int cut = ::ftruncate(file_.descriptor(), written_);  // else the next flush writes over it
      throw file_error(path_, "cannot be written", number);
    }
    done += static_cast<std::size_t>(count);
  }
  took(done);
  fault_point("after_line_written");
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
