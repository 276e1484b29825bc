#include "job/input/csv_dialect.hpp"

#include <initializer_list>

#include "base/ascii.hpp"
#include "job/input/csv_fields.hpp"
#include "job/input/csv_reader.hpp"

namespace headway::job {
namespace {

/// What the line "sep=;" names; 0: it is no such line.
char separator_in(std::string_view line) {
  if (line.size() > 2 && line.starts_with('"') && line.ends_with('"')) line = line.substr(1, line.size() - 2);
  constexpr std::string_view name = "sep=";
  return line.size() == name.size() + 1 && lowered(line.substr(0, name.size())) == name ? line.back() : '\0';
}

char separator_line_of(const InputSettings& settings) {
  CsvReader rows(open_text(settings, LineBreaks::outside_quotes), settings.max_row_bytes, ',');
  RawRow row;
  return rows.next(row) ? separator_in(row.text) : '\0';
}

struct Split {
  std::size_t fields = 0;  // of the header
  bool fits = false;       // the first row has as many
};

Split split_by(char delimiter, const InputSettings& settings) {
  CsvReader rows(open_text(settings, LineBreaks::outside_quotes), settings.max_row_bytes, delimiter);
  CsvFields fields(delimiter);
  RawRow row;
  if (!rows.next(row) || !fields.split(row.text).empty()) return {};
  Split split{fields.get().size(), true};
  if (rows.next(row)) split.fits = fields.split(row.text).empty() && fields.get().size() == split.fields;
  return split;
}

char likely_delimiter(const InputSettings& settings) {
  char best = ',';
  Split most{1, false};
  for (const char delimiter : {',', ';', '\t', '|'}) {
    const auto split = split_by(delimiter, settings);
    if (split.fields < 2 || split.fits < most.fits) continue;
    if (split.fits == most.fits && split.fields <= most.fields) continue;
    best = delimiter;
    most = split;
  }
  return best;
}

}  // namespace

CsvDialect csv_dialect_of(const InputSettings& settings) {
  CsvDialect dialect;
  const char named = separator_line_of(settings);
  dialect.has_separator_line = named != 0;
  if (settings.delimiter != 0) {
    dialect.delimiter = settings.delimiter;
  } else if (named != 0) {
    dialect.delimiter = named;
  } else {
    dialect.delimiter = extension_of(settings) == ".tsv" ? '\t' : likely_delimiter(settings);
  }
  return dialect;
}

std::string extension_of(const InputSettings& settings) {
  auto path = settings.path;
  auto extension = lowered(path.extension().string());
  if (extension == ".gz" || extension == ".zst") extension = lowered(path.replace_extension().extension().string());
  return extension;
}

}  // namespace headway::job
