#pragma once

#include <array>
#include <cstdint>
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
  Recovery() : has_strangers{} {}

  std::array<FileEnd, 2> ends;        ///< where each file goes on; what it has beyond is cut off
  std::array<bool, 2> has_strangers;  ///< lines between those of the run that are none of it, or not whole
  std::vector<std::int64_t> lost;  ///< rows whose lines are gone, by number: their file was deleted, shortened, damaged
  std::vector<FoundLine> found;
  std::vector<std::string> kinds{""};
  /// Rows whose line stands elsewhere than journaled: it was waiting and is out, or others have removed lines before it.
  std::vector<std::pair<std::int64_t, Place>> left;
  std::uint64_t torn_bytes = 0;  ///< of lines that are not whole
  std::uint64_t cut_lines = 0;   ///< LineForm::bodies: whole lines that do not say whose they are; maybe billed twice
  bool rebuilt = false;  ///< the journal is new, the lines are not: it does not know whether the input was edited,
                         ///< nor attempts, costs, times, nor all tokens
};

/// Throws an Error if an output is not this run's.
Recovery inspect(Journal& journal, const StorePaths& paths, LineForm form);

}  // namespace headway::job
