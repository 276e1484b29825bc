#include "job/input/carried_columns.hpp"

#include <algorithm>

#include "job/json_text.hpp"

namespace headway::job {

CarriedColumns::CarriedColumns(const std::vector<std::string>& columns, ColumnSlots& slots)
    : all_(std::ranges::find(columns, "*") != columns.end()) {
  if (all_) return;
  for (const auto& name : columns) {
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
