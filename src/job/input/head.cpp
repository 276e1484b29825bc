#include "job/input/head.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <simdjson.h>

#include <headway/error.hpp>

#include "base/ascii.hpp"
#include "job/input/column.hpp"
#include "job/input/csv_fields.hpp"
#include "job/input/csv_reader.hpp"
#include "job/input/line_reader.hpp"
#include "job/input/text_columns.hpp"

namespace headway::job {
namespace {

constexpr int rows_looked_at = 100;

[[noreturn]] void refuse(const InputSettings& settings, std::string_view why) {
  throw Error(ErrorKind::configuration, fmt::format("{} {}", settings.shown_name(), why));
}

std::string extension_of(const InputSettings& settings) {
  auto path = settings.path;
  auto extension = lowered(path.extension().string());
  if (extension == ".gz" || extension == ".zst") extension = lowered(path.replace_extension().extension().string());
  return extension;
}

bool begins_with(const InputSettings& settings, char wanted) {
  LineReader rows(open_text(settings), settings.max_row_bytes);
  RawRow row;
  if (!rows.next(row)) return false;
  const auto at = row.text.find_first_not_of(" \t");
  return at != std::string_view::npos && row.text[at] == wanted;
}

// `json_lines` here also stands for Batch lines, which only the rows tell.
InputFormat format_of(const InputSettings& settings) {
  if (settings.format != InputFormat::automatic) return settings.format;
  const auto extension = extension_of(settings);
  if (extension == ".csv" || extension == ".tsv") return InputFormat::csv;
  if (extension == ".txt") return InputFormat::lines;
  const bool json = extension == ".jsonl" || extension == ".ndjson" || extension == ".json";
  if (json || begins_with(settings, '{')) return InputFormat::json_lines;
  refuse(settings, "does not show its format: name it (--input-format jsonl, csv, lines or batch)");
}

void read_csv_header(const InputSettings& settings, Head& head) {
  CsvReader rows(open_text(settings), settings.max_row_bytes, head.delimiter);
  RawRow row;
  if (!rows.next(row)) return;
  CsvFields fields(head.delimiter);
  auto fault = row.fault == RawRow::Fault::none ? utf8_fault(row.text) : "it does not end";
  if (fault.empty()) fault = fields.split(row.text);
  if (!fault.empty()) refuse(settings, fmt::format("has a bad header: {}", fault));
  for (const auto field : fields.get()) {
    if (!field.empty() && head.has_column(field)) refuse(settings, fmt::format("has two columns named \"{}\"", field));
    head.columns.emplace_back(field);
  }
}

void look_at(simdjson::dom::object row, Head& head) {
  for (const auto field : row) {
    if (head.has_column(field.key)) continue;
    if (field.key == "messages") head.has_messages = field.value.is_array();
    head.columns.emplace_back(field.key);
  }
}

bool is_batch_line(simdjson::dom::object row) {
  return !row.at_key("custom_id").error() && !row.at_key("url").error() && !row.at_key("body").error();
}

void read_json_head(const InputSettings& settings, Head& head) {
  if (begins_with(settings, '[')) {
    refuse(settings, "is a JSON array, not an object a line; `jq -c '.[]'` makes lines of it");
  }
  LineReader rows(open_text(settings), settings.max_row_bytes);
  simdjson::dom::parser parser;
  RawRow row;
  for (int i = 0; i < rows_looked_at && rows.next(row); ++i) {
    simdjson::dom::object object;
    if (parser.parse(row.text.data(), row.text.size(), false).get(object)) continue;
    const bool may_be_batch = settings.format == InputFormat::automatic;
    if (may_be_batch && is_batch_line(object)) head.format = InputFormat::batch;  // the others are bad rows
    look_at(object, head);
  }
}

}  // namespace

bool Head::has_column(std::string_view name) const {
  return std::ranges::find(columns, name) != columns.end();
}

Head read_head(const InputSettings& settings) {
  Head head;
  head.format = format_of(settings);
  const char usual = extension_of(settings) == ".tsv" ? '\t' : ',';
  head.delimiter = settings.delimiter ? settings.delimiter : usual;
  if (head.format == InputFormat::csv) read_csv_header(settings, head);
  if (head.format == InputFormat::json_lines) read_json_head(settings, head);
  if (head.format == InputFormat::lines) head.columns.emplace_back(LineColumns::name);
  return head;
}

}  // namespace headway::job
