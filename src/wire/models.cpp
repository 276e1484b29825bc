#include "wire/models.hpp"

#include <string_view>

#include "wire/choice.hpp"
#include "wire/json_fields.hpp"

namespace headway::wire {
namespace {

using simdjson::ondemand::json_type;
using simdjson::ondemand::value;

}  // namespace

Outcome<std::vector<std::string>> decode_models(std::string body) {
  std::vector<std::string> names;
  bool has_list = false, failed = false;
  const auto code = read_fields(body, [&](std::string_view name, value v) {
    if (name == "error") failed = error_in(v).has_value();
    if (name != "data") return;
    has_list = type_of(v) == json_type::array || type_of(v) == json_type::null;  // Ollama without models
    each_item(v, [&](value model) {
      each_field(model, [&](std::string_view field, value id) {
        if (field == "id") names.push_back(text_of(id));
      });
    });
  });
  if (code) return unreadable(body, code);
  if (failed) return failure_in_success(body);
  if (!has_list) return Error(ErrorKind::protocol, "the answer has no list of models");
  return names;
}

}  // namespace headway::wire
