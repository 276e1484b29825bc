#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <string>
#include <string_view>

#include "job/store/journal.hpp"
#include "job/store/posix_file.hpp"

namespace headway::job {

/// Appends whole lines to one output file. What a failed write leaves of a line is cut off; the lines that did not get
/// into the file stay here under the offsets they were given, and the next flush tries them again.
class OutputWriter {
 public:
  /// `header`: the first line, without its end; empty for none. It is written with the first line of a row.
  OutputWriter(std::filesystem::path path, std::string header, Durability durability);

  /// Begins after `end` bytes; what the file has beyond is cut off. The file need not be there: the first flush makes it.
  void resume_at(FileEnd end);
  /// Makes the file if need be, so that a folder that cannot be written to is found out early.
  void open();

  /// `line` without its end. Returns the offset it will have.
  std::int64_t add(std::string_view line);
  /// Writes what was added. Throws an Error if the file is not as this has left it: moved, deleted, or written by others.
  void flush();
  /// Throws an Error if the file is not as this has left it.
  void check_as_left();
  /// Flushed data to the disk. After a failure the system no longer knows what it failed to write, so all further
  /// calls fail too.
  void sync();

  /// All lines that end here or before are in the file.
  std::int64_t written() const { return written_; }
  FileEnd file_end() const { return {start_, written_}; }
  bool waits() const { return !buffer_.empty(); }

 private:
  void take(PosixFile file);
  void append(std::string_view line);
  void check_size(std::int64_t expected);
  [[noreturn]] void refuse(std::string_view what) const;
  void write();
  [[noreturn]] void fail_after(std::size_t bytes, int number);
  void took(std::size_t bytes);

  std::filesystem::path path_;
  std::string header_;
  Durability durability_;
  PosixFile file_;
  std::int64_t start_ = 0;
  std::int64_t written_ = 0;
  std::string buffer_;             // begins at written_
  std::deque<std::int64_t> ends_;  // of its lines
  std::string spoiled_;            // what others have done to the file; empty: nothing
  bool sync_failed_ = false;
  bool unsynced_ = false;
};

}  // namespace headway::job
