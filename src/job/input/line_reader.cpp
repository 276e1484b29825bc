#include "job/input/line_reader.hpp"

#include <utility>

namespace headway::job {

bool LineReader::next(RawRow& row) {
  do {
    window_.take(std::exchange(taken_, 0));
    if (!read_line(row)) return false;
  } while (row.fault == RawRow::Fault::none && is_blank(row.text));
  return true;
}

bool LineReader::read_line(RawRow& row) {
  std::size_t looked_at = 0;
  auto end = window_.text().find('\n');
  while (end == std::string_view::npos) {
    looked_at = window_.text().size();
    if (looked_at > max_row_bytes_ + 1) return skip_line(row);
    if (!window_.more()) break;
    end = window_.text().find('\n', looked_at);
  }
  const bool last = end == std::string_view::npos;
  if (last && looked_at == 0) return false;
  auto line = window_.text().substr(0, end);
  taken_ = last ? line.size() : line.size() + 1;
  if (line.ends_with('\r')) line.remove_suffix(1);
  const bool fits = line.size() <= max_row_bytes_;
  row = {++line_, fits ? line : std::string_view(), fits ? RawRow::Fault::none : RawRow::Fault::too_large};
  return true;
}

bool LineReader::skip_line(RawRow& row) {
  auto end = std::string_view::npos;
  do {
    window_.take(window_.text().size());
    if (!window_.more()) break;
    end = window_.text().find('\n');
  } while (end == std::string_view::npos);
  taken_ = end == std::string_view::npos ? 0 : end + 1;
  row = {++line_, {}, RawRow::Fault::too_large};
  return true;
}

}  // namespace headway::job
