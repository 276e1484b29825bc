#include "job/json_text.hpp"

#include <algorithm>
#include <bit>

#include <simdjson.h>

#include "base/byte_order_mark.hpp"
#include "wire/ascii.hpp"

namespace headway::job {
namespace {

constexpr bool needs_escape(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

// What cannot be the first byte of JSON: a web page, a text.
constexpr bool starts_value(char c) {
  return c == '{' || c == '[' || c == '"' || c == '-' || (c >= '0' && c <= '9') || c == 't' || c == 'f' || c == 'n';
}

// Two searches for one byte are five times as fast as one for two.
bool has_line_break(std::string_view text) {
  return text.find('\n') != std::string_view::npos || text.find('\r') != std::string_view::npos;
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

bool append_minified(std::string& out, std::string_view json) {
  const auto before = out.size();
  std::size_t written = 0;
  out.resize(before + json.size());
  const auto code = simdjson::minify(json.data(), json.size(), out.data() + before, written);
  out.resize(before + (code ? 0 : written));
  return !code && written > 0 && !has_line_break(std::string_view(out).substr(before));
}

}  // namespace

void append_if_json(std::string& out, std::string_view text) {
  simdjson::dom::parser parser;
  if (parser.parse(text.data(), text.size()).error()) {
    append_json_string(out, text);
  } else {
    append_one_line(out, text);
  }
}

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

void append_one_line(std::string& out, std::string_view json) {
  json = without_byte_order_mark(json);
  const auto text = wire::without_blanks(json);
  const auto before = out.size();
  const bool whole =
      !text.empty() && starts_value(text.front()) && text.find('\0') == text.npos && simdjson::validate_utf8(text);
  if (whole && !has_line_break(text)) {
    out += text;
  } else if (!whole || !append_minified(out, text)) {
    out.resize(before);
    append_json_string(out, json);
  }
}

}  // namespace headway::job
