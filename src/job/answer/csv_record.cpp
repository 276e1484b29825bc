#include "job/answer/csv_record.hpp"

#include <set>

#include <fmt/format.h>
#include <simdjson.h>
#include <boost/json.hpp>

#include "job/json_text.hpp"

namespace headway::job {
namespace {

void append_field(std::string& out, std::string_view value) {
  if (!simdjson::validate_utf8(value)) return append_field(out, repaired_utf8(value));
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

void append_column(std::string& out, const boost::json::value* value) {
  out += ',';
  if (value == nullptr || value->is_null()) return;
  append_field(out, value->is_string() ? std::string(value->get_string()) : boost::json::serialize(*value));
}

boost::json::object columns_of(std::string_view text) {
  boost::json::error_code code;
  const auto parsed = text.empty() ? boost::json::value() : boost::json::parse(text, code);
  return !code && parsed.is_object() ? parsed.get_object() : boost::json::object();
}

}  // namespace

std::string csv_header(const std::vector<std::string>& columns) {
  std::set<std::string> taken{"custom_id", "line", "text"};
  std::string out = "custom_id,line";
  for (auto name : columns) {
    while (!taken.insert(name).second) name.insert(0, "input_");
    append_field(out += ',', name);
  }
  return out += ",text";
}

std::string csv_record(const Row& row, const std::vector<std::string>& columns, std::string_view text) {
  std::string out;
  out.reserve(text.size() + row.custom_id.size() + row.columns.size() + 32);
  append_field(out, row.custom_id);
  out += fmt::format(",{}", row.line);
  if (!columns.empty()) {
    const auto values = columns_of(row.columns);
    for (const auto& name : columns) append_column(out, values.if_contains(name));
  }
  append_field(out += ',', text);
  return out;
}

}  // namespace headway::job
