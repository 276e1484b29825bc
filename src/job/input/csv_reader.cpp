#include "job/input/csv_reader.hpp"

#include <algorithm>
#include <utility>

namespace headway::job {
namespace {

constexpr auto nowhere = std::string_view::npos;

}  // namespace

std::size_t CsvScanner::end_in(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (state_ == State::quoted) {
      at = text.find('"', at);
      if (at == nowhere) return nowhere;
      state_ = State::after_quote;
    } else if (c == '\n') {
      return at + 1;
    } else if (c == delimiter_) {
      state_ = State::field_start;
    } else if (c == '"' && state_ != State::plain) {
      state_ = State::quoted;  // at a field's beginning, or the second of a doubled quote
    } else {
      state_ = State::plain;
    }
    ++at;
  }
  return nowhere;
}

bool CsvReader::next(RawRow& row) {
  do {
    count_lines(std::exchange(taken_, 0));
    if (!read_record(row)) return false;
  } while (row.fault == RawRow::Fault::none && is_blank(row.text));
  return true;
}

bool CsvReader::read_record(RawRow& row) {
  scanner_.restart();
  std::size_t looked_at = 0;
  auto end = scanner_.end_in(window_.text());
  while (end == nowhere) {
    looked_at = window_.text().size();
    if (looked_at > max_row_bytes_ + 1) return skip_record(row);
    if (!window_.more()) break;
    end = scanner_.end_in(window_.text().substr(looked_at));
  }
  if (end == nowhere && looked_at == 0) return false;
  taken_ = end == nowhere ? looked_at : looked_at + end;
  auto record = window_.text().substr(0, taken_);
  if (end != nowhere) record.remove_suffix(1);
  if (record.ends_with('\r') && !scanner_.in_quotes()) record.remove_suffix(1);
  row = {line_, record, RawRow::Fault::none};
  if (record.size() > max_row_bytes_) row = {line_, {}, RawRow::Fault::too_large};
  if (scanner_.in_quotes()) row = {line_, {}, RawRow::Fault::quote_not_closed};
  return true;
}

bool CsvReader::skip_record(RawRow& row) {
  row = {line_, {}, RawRow::Fault::too_large};
  auto end = nowhere;
  do {
    count_lines(window_.text().size());
    if (!window_.more()) break;
    end = scanner_.end_in(window_.text());
  } while (end == nowhere);
  taken_ = end == nowhere ? 0 : end;
  if (scanner_.in_quotes()) row.fault = RawRow::Fault::quote_not_closed;
  return true;
}

void CsvReader::count_lines(std::size_t bytes) {
  const auto text = window_.text().substr(0, bytes);
  line_ += static_cast<std::uint64_t>(std::ranges::count(text, '\n'));
  window_.take(bytes);
}

}  // namespace headway::job
