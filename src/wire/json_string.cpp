#include "wire/json_string.hpp"

#include <algorithm>
#include <bit>

#include <simdjson.h>

namespace headway::wire {
namespace {

constexpr bool needs_escape(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

void append_escape(std::string& out, char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  out += "\\u00";
  out += digits[static_cast<unsigned char>(c) >> 4];
  out += digits[static_cast<unsigned char>(c) & 0xF];
}

void append_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const auto plain = static_cast<std::size_t>(std::ranges::find_if(text, needs_escape) - text.begin());
    out += text.substr(0, plain);
    if (plain == text.size()) return;
    append_escape(out, text[plain]);
    text.remove_prefix(plain + 1);
  }
}

}  // namespace

std::string repaired_utf8(std::string_view text) {
  std::string good;
  for (std::size_t at = 0; at < text.size();) {
    const auto announced = static_cast<std::size_t>(std::countl_one(static_cast<unsigned char>(text[at])));
    const auto character = text.substr(at, std::max<std::size_t>(1, announced));
    const bool valid = simdjson::validate_utf8(character);
    good += valid ? character : replacement_character;
    at += valid ? character.size() : 1;
  }
  return good;
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  append_escaped(out, simdjson::validate_utf8(text) ? text : std::string_view(repaired_utf8(text)));
  out += '"';
}

}  // namespace headway::wire
