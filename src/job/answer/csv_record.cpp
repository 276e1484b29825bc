#include "job/answer/csv_record.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>

#include <fmt/format.h>
#include <simdjson.h>

#include "job/json_text.hpp"
#include "wire/ascii.hpp"
#include "wire/json_fields.hpp"

namespace headway::job {
namespace {

// Readers of CSV refuse a NUL, and in a file of ours it is a hole.
std::string without_nul(std::string text) {
  for (auto at = text.find('\0'); at != text.npos; at = text.find('\0')) text.replace(at, 1, replacement_character);
  return text;
}

void append_field(std::string& out, std::string_view value) {
  if (!simdjson::validate_utf8(value)) return append_field(out, repaired_utf8(value));
  if (value.find('\0') != value.npos) return append_field(out, without_nul(std::string(value)));
  if (value.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += value;
    return;
  }
  out += '"';
  for (const char c : value) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

// A string's text; of anything else what stands there.
std::string column_text(simdjson::ondemand::value v) {
  const auto type = wire::type_of(v);
  if (type == simdjson::ondemand::json_type::null) return {};
  if (type == simdjson::ondemand::json_type::string) return wire::text_of(v);
  return std::string(wire::without_blanks(std::string_view(simdjson::to_json_string(v))));
}

std::map<std::string, std::string, std::less<>> texts_of_columns(const std::string& object) {
  std::map<std::string, std::string, std::less<>> texts;
  std::string json;
  json.reserve(object.size() + simdjson::SIMDJSON_PADDING);
  json.assign(object);
  wire::read_fields(
      json, [&](std::string_view name, simdjson::ondemand::value v) { texts[std::string(name)] = column_text(v); });
  return texts;
}

}  // namespace

std::string csv_header(const std::vector<std::string>& columns, std::string_view answer) {
  std::set<std::string> taken{"custom_id", "line", std::string(answer)};
  std::string out = "custom_id,line";
  for (auto name : columns) {
    while (!taken.insert(name).second) name.insert(0, "input_");
    append_field(out += ',', name);
  }
  return (out += ',') += answer;
}

std::string csv_record(const Row& row, const std::vector<std::string>& columns, std::string_view text) {
  std::string out;
  out.reserve(text.size() + row.custom_id.size() + row.columns.size() + 32);
  append_field(out, row.custom_id);
  out += fmt::format(",{}", row.line);
  if (!columns.empty()) {
    const auto texts = texts_of_columns(row.columns);
    for (const auto& name : columns) {
      const auto found = texts.find(name);
      append_field(out += ',', found == texts.end() ? std::string_view() : found->second);
    }
  }
  append_field(out += ',', text);
  return out;
}

}  // namespace headway::job
