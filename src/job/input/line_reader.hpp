#pragma once

#include "job/input/raw_row.hpp"
#include "job/input/text_window.hpp"

namespace headway::job {

/// A row a line. Lines end with LF or CRLF; the last may have no end.
class LineReader : public RawRows {
 public:
  LineReader(TextWindow text, std::size_t max_row_bytes) : window_(std::move(text)), max_row_bytes_(max_row_bytes) {}

  bool next(RawRow& row) override;

 private:
  bool read_line(RawRow& row);
  bool skip_line(RawRow& row);

  TextWindow window_;
  std::size_t max_row_bytes_;
  std::size_t taken_ = 0;  // of the window, by the row that was given
  std::uint64_t line_ = 0;
};

}  // namespace headway::job
