#include "job/input/head.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <simdjson.h>

#include <headway/error.hpp>

#include "job/input/column.hpp"
#include "job/input/csv_dialect.hpp"
#include "job/input/csv_fields.hpp"
#include "job/input/csv_reader.hpp"
#include "job/input/line_reader.hpp"
#include "job/input/row_json.hpp"
#include "job/input/text_columns.hpp"

namespace headway::job {
namespace {

constexpr int rows_looked_at = 100;

[[noreturn]] void refuse(const InputSettings& settings, std::string_view why) {
  throw Error(ErrorKind::configuration, fmt::format("{} {}", settings.shown_name(), why));
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
  if (extension == ".parquet") {
    refuse(settings, "is Parquet, which the program does not read; in Python headway.run_file() does, with pyarrow");
  }
  const bool json = extension == ".jsonl" || extension == ".ndjson" || extension == ".json";
  if (json || begins_with(settings, '{')) return InputFormat::json_lines;
  refuse(settings, "does not show its format: name it (--input-format jsonl, csv, lines or batch)");
}

void read_csv_header(const InputSettings& settings, Head& head) {
  head.dialect = csv_dialect_of(settings);
  CsvReader rows(open_text(settings, LineBreaks::outside_quotes), settings.max_row_bytes, head.dialect.delimiter);
  RawRow row;
  if (head.dialect.has_separator_line) rows.next(row);
  if (!rows.next(row)) return;
  CsvFields fields(head.dialect.delimiter);
  auto fault = row.fault == RawRow::Fault::none ? utf8_fault(row.text) : "it does not end";
  if (fault.empty()) fault = fields.split(row.text);
  if (!fault.empty()) refuse(settings, fmt::format("has a bad header: {}", fault));
  std::set<std::string_view> taken;
  for (const auto field : fields.get()) {
    if (!field.empty() && !taken.insert(field).second) {
      refuse(settings, fmt::format("has two columns named \"{}\"", field));
    }
    head.columns.emplace_back(field);
  }
}

/// The columns of rows in JSON.
class ColumnsSeen {
 public:
  explicit ColumnsSeen(Head& head) : head_(head) {}

  void look_at(simdjson::dom::object row) {
    for (const auto field : row) {
      if (!names_.emplace(field.key).second) continue;
      if (field.key == "messages") head_.has_messages = field.value.is_array();
      head_.columns.emplace_back(field.key);
    }
  }

 private:
  Head& head_;
  std::set<std::string> names_;
};

// Those of Together, Mistral and others have no url: the job says it for all. A column "body" of a template is a text, or is
// named by a prompt.
bool is_batch_line(simdjson::dom::object row, const InputSettings& settings) {
  if (row.at_key("custom_id").error() || row.at_key("body").error()) return false;
  return !row.at_key("url").error() || (settings.prompt.empty() && row.at_key("body").is_object());
}

void read_json_head(const InputSettings& settings, Head& head) {
  if (begins_with(settings, '[')) {
    refuse(settings, "is a JSON array, not an object a line; `jq -c '.[]'` makes lines of it");
  }
  LineReader rows(open_text(settings), settings.max_row_bytes);
  RowJson json;
  ColumnsSeen columns(head);
  RawRow row;
  for (int i = 0; i < rows_looked_at && rows.next(row); ++i) {
    if (!json.read(row.text).empty()) continue;
    const bool may_be_batch = settings.format == InputFormat::automatic;
    if (may_be_batch && is_batch_line(json.object(), settings)) head.format = InputFormat::batch;  // the others are bad
    columns.look_at(json.object());
  }
}

}  // namespace

bool Head::has_column(std::string_view name) const {
  return std::ranges::find(columns, name) != columns.end();
}

Head read_head(const InputSettings& settings) {
  Head head;
  head.format = format_of(settings);
  if (head.format == InputFormat::csv) read_csv_header(settings, head);
  if (head.format == InputFormat::json_lines) read_json_head(settings, head);
  if (head.format == InputFormat::lines) head.columns.emplace_back(LineColumns::name);
  return head;
}

}  // namespace headway::job
