#include "job/input/json_columns.hpp"

#include <algorithm>

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
  auto fault = json_.read(row);
  if (fault.empty()) read_fields();
  return fault;
}

void JsonColumns::read_fields() {
  each_field(parser_, json_.text(), [&](std::string_view name, const char*, simdjson::ondemand::value value) {
    if (const auto slot = slots_.find(name)) values_[*slot] = column_of(value);
  });
}

void JsonColumns::append_all(std::string& out) {
  const auto start = out.size();
  each_field(all_parser_, json_.text(), [&](std::string_view name, const char* begin, simdjson::ondemand::value value) {
    const std::string_view json = simdjson::to_json_string(value);
    if (std::ranges::find(own_, name) != own_.end()) return;
    out += out.size() == start ? '{' : ',';
    out.append(begin, json.data() + json.size());
  });
  out += out.size() == start ? "{}" : "}";
}

simdjson::dom::element JsonColumns::element(std::string_view name) const {
  simdjson::dom::element last = json_.object().at_key(name);
  for (const auto field : json_.object()) {
    if (field.key == name) last = field.value;
  }
  return last;
}

}  // namespace headway::job
