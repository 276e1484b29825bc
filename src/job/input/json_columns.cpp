#include "job/input/json_columns.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "job/input/json_reading.hpp"

namespace headway::job {
namespace {

Column column_of(simdjson::ondemand::value value) {
  using simdjson::ondemand::json_type;
  switch (value.type()) {
    case json_type::null:
      return {Column::Kind::null, {}};
    case json_type::string:
      return {Column::Kind::text, value.get_string()};
    default:
      return {Column::Kind::json, simdjson::to_json_string(value)};
  }
}

}  // namespace

std::string JsonColumns::read(std::string_view row) {
  std::ranges::fill(values_, Column{});
  row_ = row;
  auto fault = check(row);
  if (fault.empty()) read_fields();
  return fault;
}

std::string JsonColumns::check(std::string_view row) {
  const auto parsed = checker_.parse(row.data(), row.size(), false);
  if (const auto error = parsed.error()) {
    if (auto fault = utf8_fault(row); !fault.empty()) return fault;
    const auto where = json_fault(row);
    return fmt::format("is not valid JSON: {}", where.empty() ? simdjson::error_message(error) : where);
  }
  return parsed.get(object_) ? "is not a JSON object" : "";
}

void JsonColumns::read_fields() {
  each_field(parser_, row_, [&](std::string_view name, const char*, simdjson::ondemand::value value) {
    const auto found = std::ranges::find(names_, name);
    if (found != names_.end()) values_[static_cast<std::size_t>(found - names_.begin())] = column_of(value);
  });
}

void JsonColumns::append_all(std::string& out) {
  const auto start = out.size();
  each_field(all_parser_, row_, [&](std::string_view name, const char* begin, simdjson::ondemand::value value) {
    const std::string_view json = simdjson::to_json_string(value);
    if (std::ranges::find(own_, name) != own_.end()) return;
    out += out.size() == start ? '{' : ',';
    out.append(begin, json.data() + json.size());
  });
  out += out.size() == start ? "{}" : "}";
}

simdjson::dom::element JsonColumns::element(std::string_view name) const {
  simdjson::dom::element last = object_.at_key(name);
  for (const auto field : object_) {
    if (field.key == name) last = field.value;
  }
  return last;
}

}  // namespace headway::job
