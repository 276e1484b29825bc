#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "job/store/recovery.hpp"

namespace headway::job {

/// Where the lines of one output stand now, which are not where the journal has them: each is known by its row's id and line
/// in the input. Of two lines of one row the later one is its own. Memory: 56 bytes for each row of the journal.
class MovedLines {
 public:
  MovedLines(Journal& journal, OutputFile file);

  /// Whether a row whose line is in this file had one of this length.
  bool has(const LineFacts& facts, std::int64_t length) const;
  /// The next line of the file. False: it is of no row whose line is out, as one that a crash kept from being journaled.
  bool take(const LineFacts& facts, Place place);
  /// Of the lines behind the last known one, those whose rows the journal has in another file: they ended anew. Further up
  /// such a line is one that is no longer true.
  const std::vector<std::pair<LineFacts, Place>>& not_its_own() const { return not_its_own_; }
  /// Adds the rows whose lines were not found, and those whose lines stand elsewhere.
  void tell(Recovery& result) const;

 private:
  struct Known {
    std::uint64_t id_hash;
    std::uint64_t line;
    std::int64_t number;
    std::int64_t offset, length;   // as journaled
    std::int64_t found_at, found;  // offset and length now; -1: not found
    bool here;
  };

  /// Of this file before those of others; the end of the list: none.
  std::vector<Known>::const_iterator find(const LineFacts& facts) const;

  std::vector<Known> known_;  // by id and line; of rows in this file the first of equals
  std::vector<std::pair<LineFacts, Place>> not_its_own_;
  OutputFile file_;
};

}  // namespace headway::job
