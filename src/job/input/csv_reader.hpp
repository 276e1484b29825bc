#pragma once

#include "job/input/raw_row.hpp"
#include "job/input/text_window.hpp"

namespace headway::job {

/// Finds where a CSV record ends: at the first line end that is not in quotes. Quotes count at the beginning of a field
/// only. A state machine without I/O.
class CsvScanner {
 public:
  explicit CsvScanner(char delimiter) : delimiter_(delimiter) {}

  /// `text` goes on where it ended in the last call. How much of it belongs to the record, with the line end; npos: all of
  /// it, and the record is not at its end.
  std::size_t end_in(std::string_view text);
  bool in_quotes() const { return state_ == State::quoted; }
  void restart() { state_ = State::field_start; }

 private:
  enum class State { field_start, plain, quoted, after_quote };

  State state_ = State::field_start;
  char delimiter_;
};

/// A row a CSV record; its text may hold line breaks. It is not split into fields.
class CsvReader : public RawRows {
 public:
  CsvReader(TextWindow text, std::size_t max_row_bytes, char delimiter)
      : window_(std::move(text)), max_row_bytes_(max_row_bytes), scanner_(delimiter) {}

  bool next(RawRow& row) override;

 private:
  bool read_record(RawRow& row);
  bool skip_record(RawRow& row);
  void count_lines(std::size_t bytes);

  TextWindow window_;
  std::size_t max_row_bytes_;
  CsvScanner scanner_;
  std::size_t taken_ = 0;   // of the window, by the row that was given
  std::uint64_t line_ = 1;  // of what was not given yet
};

}  // namespace headway::job
