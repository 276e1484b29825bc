#include "wire/models.hpp"

#include <string_view>
#include <utility>

#include "wire/choice.hpp"
#include "wire/json_fields.hpp"

namespace headway::wire {
namespace {

using simdjson::ondemand::json_type;
using simdjson::ondemand::value;

/// Adds what each of a list's items says in a field.
void read_list(value list, std::string_view field, std::vector<std::string>& names) {
  each_item(list, [&](value model) {
    each_field(model, [&](std::string_view name, value text) {
      if (name == field) names.push_back(text_of(text));
    });
  });
}

std::string without_kind(std::string name) {
  constexpr std::string_view kind = "models/";
  return name.starts_with(kind) ? name.substr(kind.size()) : name;
}

}  // namespace

Outcome<std::vector<std::string>> decode_models(std::string body) {
  std::vector<std::string> names, geminis;
  bool has_list = false, failed = false;
  const auto code = read_fields(body, [&](std::string_view name, value v) {
    if (name == "error") failed = error_in(v).has_value();
    if (name == "models") read_list(v, "name", geminis);  // llama.cpp has that too, beside "data"
    if (name != "data") return;
    has_list = type_of(v) == json_type::array || type_of(v) == json_type::null;  // Ollama without models
    read_list(v, "id", names);
  });
  if (code) return unreadable(body, code);
  if (failed) return failure_in_success(body);
  if (!has_list && !geminis.empty()) {
    has_list = true;
    for (auto& name : geminis) names.push_back(without_kind(std::move(name)));
  }
  if (!has_list) return Error(ErrorKind::protocol, "the answer has no list of models");
  return names;
}

}  // namespace headway::wire
