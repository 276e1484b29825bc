#include "wire/lenient_json.hpp"

#include "wire/surrogates.hpp"

namespace headway::wire {

namespace dom = simdjson::dom;

std::optional<dom::object> LenientJson::read(std::string_view json) {
  dom::object object;
  if (!parser_.parse(json.data(), json.size()).get(object)) return object;
  const auto mended = with_whole_surrogates(json);
  return parser_.parse(mended).get(object) ? std::nullopt : std::optional(object);
}

std::string_view text_at(dom::object object, std::string_view name) {
  std::string_view text;
  return object[name].get(text) ? std::string_view() : text;
}

std::optional<dom::object> object_at(dom::object object, std::string_view name) {
  dom::object inner;
  return object[name].get(inner) ? std::nullopt : std::optional(inner);
}

std::string json_of(dom::element value) {
  return simdjson::to_string(value);
}

std::string json_of(dom::object value) {
  return simdjson::to_string(value);
}

}  // namespace headway::wire
