#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "job/record.hpp"
#include "job/store/journal.hpp"
#include "job/store/output_line.hpp"

namespace headway::job {

/// A whole line that the journal does not know. It says which row it is of; the row's number is known when the input
/// is read (ResumePlan).
struct FoundLine {
  std::uint64_t id_hash = 0;
  std::uint64_t line = 0;
  std::int64_t offset = 0;
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  std::uint32_t length = 0;
  std::uint16_t status = 0;
  std::uint16_t kind = 0;  ///< index into Recovery::kinds
  OutputFile file = OutputFile::results;
  bool invalid = false;  ///< of a row that was not sent: its id may be another row's too
};

/// What stands in the outputs, held against what the journal says. Nothing is changed by finding it out.
struct Recovery {
  Recovery() {}

  std::array<FileEnd, 2> ends;  ///< where each file goes on; what it has beyond is cut off
  /// Rows whose lines begin here or later are lost: their file was deleted, shortened or damaged.
  std::array<std::int64_t, 2> valid{std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::max()};
  std::vector<FoundLine> found;
  std::vector<std::string> kinds{""};
  std::vector<std::pair<std::int64_t, Place>> left;  ///< rows journaled as waiting whose line is out
  std::uint64_t lost = 0;                            ///< rows
  std::uint64_t torn_bytes = 0;                      ///< of lines that are not whole
  std::uint64_t cut_lines = 0;  ///< LineForm::bodies: whole lines that do not say whose they are; maybe billed twice
  bool rebuilt = false;  ///< the journal is new, the lines are not: it does not know whether the input was edited,
                         ///< nor attempts, costs, times, nor all tokens
};

/// Throws an Error if an output is not this run's.
Recovery inspect(Journal& journal, const StorePaths& paths, LineForm form);

}  // namespace headway::job
