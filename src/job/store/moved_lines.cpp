#include "job/store/moved_lines.hpp"

#include <algorithm>
#include <tuple>

namespace headway::job {

MovedLines::MovedLines(Journal& journal, OutputFile file) : file_(file) {
  Statement rows(journal.database(),
                 "SELECT id_hash, line, number, offset, length, file = ? FROM rows WHERE offset IS NOT NULL");
  rows.bind(static_cast<int>(file));
  while (rows.next()) {
    known_.push_back(
        {rows.hash(0), rows.hash(1), rows.integer(2), rows.integer(3), rows.integer(4), -1, 0, rows.integer(5) != 0});
  }
  std::ranges::sort(known_, {},
                    [](const Known& row) { return std::tuple(row.id_hash, row.line, !row.here, row.number); });
}

std::vector<MovedLines::Known>::const_iterator MovedLines::find(const LineFacts& facts) const {
  const auto key = [](const Known& row) { return std::pair(row.id_hash, row.line); };
  const auto wanted = std::pair(facts.id_hash, facts.line);
  const auto row = std::ranges::lower_bound(known_, wanted, {}, key);
  return row == known_.end() || key(*row) != wanted ? known_.end() : row;
}

bool MovedLines::has(const LineFacts& facts, std::int64_t length) const {
  const auto row = find(facts);
  return row != known_.end() && row->here && row->length == length;
}

bool MovedLines::take(const LineFacts& facts, Place place) {
  const auto found = find(facts);
  if (found == known_.end()) return false;
  const auto row = known_.begin() + (found - known_.cbegin());
  if (row->here) {
    row->found_at = place.offset;
    row->found = place.length;
    not_its_own_.clear();
  } else {
    not_its_own_.emplace_back(facts, place);
  }
  return true;
}

void MovedLines::tell(Recovery& result) const {
  for (const auto& row : known_) {
    if (!row.here) continue;
    if (row.found_at < 0) {
      result.lost.push_back(row.number);
    } else if (row.found_at != row.offset || row.found != row.length) {
      result.left.emplace_back(row.number, Place{file_, row.found_at, row.found});
    }
  }
}

}  // namespace headway::job
