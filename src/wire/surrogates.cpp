#include "wire/surrogates.hpp"

#include <charconv>

#include <simdjson.h>

namespace headway::wire {
namespace {

constexpr std::size_t escape_size = 6;  // \uXXXX

// The code unit of a \uXXXX at the front of `text`; -1: there is none.
int unit_at(std::string_view text) {
  if (text.size() < escape_size || !text.starts_with("\\u")) return -1;
  int unit = 0;
  const auto* end = text.data() + escape_size;
  return std::from_chars(text.data() + 2, end, unit, 16).ptr == end ? unit : -1;
}

bool is_high(int unit) {
  return unit >= 0xD800 && unit <= 0xDBFF;
}
bool is_low(int unit) {
  return unit >= 0xDC00 && unit <= 0xDFFF;
}

}  // namespace

std::string with_whole_surrogates(std::string_view json) {
  std::string whole;
  whole.reserve(json.size());
  while (!json.empty()) {
    const auto plain = json.substr(0, json.find('\\'));
    whole += plain;
    json.remove_prefix(plain.size());
    const int unit = unit_at(json);
    const bool pair = is_high(unit) && is_low(unit_at(json.substr(escape_size)));
    const bool half = !pair && (is_high(unit) || is_low(unit));
    const auto escape = json.substr(0, pair ? 2 * escape_size : unit >= 0 ? escape_size : 2);
    whole += half ? "\\ufffd" : escape;
    json.remove_prefix(escape.size());
  }
  return whole;
}

std::optional<std::string> unescaped(std::string_view token) {
  const simdjson::padded_string json(with_whole_surrogates(token));
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  std::string_view text;
  if (parser.iterate(json).get(document) || document.get_string().get(text)) return std::nullopt;
  return std::string(text);
}

}  // namespace headway::wire
