#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "job/input/csv_dialect.hpp"
#include "job/input/settings.hpp"

namespace headway::job {

/// What the first rows of an input tell.
struct Head {
  /// Never `automatic`; `batch` if any of the first 100 rows is a Batch line.
  InputFormat format = InputFormat::json_lines;
  CsvDialect dialect;
  /// CSV: as the header has them; JSON: of the first 100 rows. None: none of these was an object, nobody knows.
  std::vector<std::string> columns;
  bool has_messages = false;  ///< JSON: the first row with "messages" has an array there

  bool has_column(std::string_view name) const;
};

/// Throws Error (`configuration`): the format is not set and cannot be told, the file is a JSON array, it cannot be read, a CSV
/// header is bad.
Head read_head(const InputSettings& settings);

}  // namespace headway::job
