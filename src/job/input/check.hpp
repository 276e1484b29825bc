#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "job/input/row_reader.hpp"
#include "job/input/settings.hpp"
#include "job/row.hpp"

namespace headway::job {

/// What is known of an input before its first row is sent. Of the rows that the settings select.
struct InputCheck {
  InputCheck() {}

  std::string file;                         ///< as errors call it
  std::uint64_t rows = 0;                   ///< bad ones included
  std::uint64_t bad_rows = 0;               ///< doubled ids included
  std::vector<BadRow> first_bad;            ///< the first 20 of them
  std::uint64_t prompt_bytes = 0;           ///< of the rows that can be sent, in all: Row::prompt_bytes
  bool only_embeddings = false;             ///< all rows that can be sent: no token of an answer is paid for
  std::vector<Row> first_rows;              ///< the first three that can be sent
  WholeInput whole;                         ///< for RowReader
  std::vector<std::string> unused_columns;  ///< see RowMaker
};

/// Reads the whole input. Memory: 8 bytes for each row that names its custom_id, 32 for each that is doubled. If there are
/// doubled ones, or there is a sample to take, it is read twice.
/// Two ids count as the same if their 64-bit hashes do: for a million rows the odds that two others do are 1 in 10^7.
/// `on_rows`: anew from the start at each reading.
/// Throws Error (`configuration`): as RowReader, and for an input without rows.
InputCheck check_input(const InputSettings& settings, const OnRows& on_rows = {});

}  // namespace headway::job
