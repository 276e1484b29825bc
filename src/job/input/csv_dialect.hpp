#pragma once

#include "job/input/settings.hpp"

namespace headway::job {

/// How a CSV file is written.
struct CsvDialect {
  char delimiter = ',';
  bool has_separator_line = false;  ///< a first line "sep=;", as Excel has it, which is no row
};

/// As the settings say, else as the file's own first line does, else a tab for .tsv, else by its header and first row: what
/// splits both into the same number of fields, more than one. Throws as open_text().
CsvDialect csv_dialect_of(const InputSettings& settings);

/// ".csv" of "a.CSV" and of "a.csv.gz".
std::string extension_of(const InputSettings& settings);

}  // namespace headway::job
