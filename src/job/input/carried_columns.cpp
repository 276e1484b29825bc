#include "job/input/carried_columns.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "job/json_text.hpp"

namespace headway::job {

CarriedColumns::CarriedColumns(const InputSettings& settings, ColumnSlots& slots)
    : all_(std::ranges::find(settings.columns, "*") != settings.columns.end()) {
  if (settings.keep_input) {
    // What the output is known by, and where its answer and its failure stand.
    for (const auto* name : {"line", "answer", "answers", "response", "error"}) {
      reserved_.emplace_back(name, slots.slot_of(name));
    }
  }
  if (all_) return;
  for (const auto& name : settings.columns) {
    std::string key;
    append_json_string(key, name);
    columns_.emplace_back(key + ':', slots.slot_of(name));
  }
}

std::string CarriedColumns::of(RowColumns& row) const {
  std::string json;
  if (all_) row.append_all(json);
  if (columns_.empty()) return json;
  for (char separator = '{'; const auto& column : columns_) {
    json += separator;
    json += column.key;
    append_json(json, row[column.slot]);
    separator = ',';
  }
  return json + '}';
}

std::string CarriedColumns::fault_of(const RowColumns& row) const {
  for (const auto& [name, slot] : reserved_) {
    if (row[slot].kind == Column::Kind::absent) continue;
    return fmt::format(
        "has a column \"{}\", which --keep-input needs for its own: rename it, or name what to take in "
        "--columns",
        name);
  }
  return {};
}

void append_json(std::string& out, const Column& column) {
  switch (column.kind) {
    case Column::Kind::text:
      return append_json_string(out, column.value);
    case Column::Kind::json:
      out += column.value;
      return;
    default:
      out += "null";
  }
}

}  // namespace headway::job
