#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "job/store/posix_file.hpp"

namespace headway::job {

/// What a line of an output looks like.
enum class LineForm : std::uint8_t {
  json,    ///< a JSON object with "custom_id" and "line"
  csv,     ///< a CSV record (it may hold line ends inside quotes); the header names "custom_id" and "line"
  bodies,  ///< JSON without either: a line does not say whose it is
};

/// Reads the whole lines of a file from `offset` on, a piece at a time.
class OutputReader {
 public:
  OutputReader(const PosixFile& file, std::int64_t offset, LineForm form) : file_(&file), next_(offset), form_(form) {}

  /// The next whole line without its end, valid until the next call; nothing if there is no further one of
  /// at most 512 MB. csv: where a quote is not closed to the end of the file, what stands before the first line end.
  std::optional<std::string_view> next();
  /// csv: whether the quotes of the last line are closed.
  bool is_closed() const { return closed_; }
  /// csv: the last line is none of the run, so a quote too many or too few may have made one of several: goes on behind the first
  /// line end in it. Nothing happens if there is none.
  void go_back();
  /// Of the last line.
  std::int64_t offset() const { return offset_; }
  /// Where the line after it begins. If there was no further line: what stands from here on is torn.
  std::int64_t end() const { return next_; }

 private:
  std::optional<std::string_view> given(std::size_t length);
  std::size_t length_of_line();
  bool read_more();

  const PosixFile* file_;
  std::int64_t offset_ = 0;
  std::int64_t next_;
  LineForm form_;
  std::string buffer_;
  std::size_t used_ = 0;
  bool closed_ = true;
};

}  // namespace headway::job
