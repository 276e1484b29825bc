#include "wire/utf8.hpp"

#include <algorithm>
#include <bit>

#include <simdjson.h>

#include "wire/ascii.hpp"

namespace headway::wire {
namespace {

constexpr bool is_ascii(char c) {
  return static_cast<unsigned char>(c) < 0x80;
}
constexpr bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// The bytes that a character's first byte announces, as many of them as there are.
std::string_view character_at(std::string_view text, std::size_t at) {
  const auto announced = std::countl_one(static_cast<unsigned char>(text[at]));
  return text.substr(at, std::max<std::size_t>(1, static_cast<std::size_t>(announced)));
}

// The text's size if all from `at` on is valid.
std::size_t next_invalid(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const auto character = character_at(text, at);
    if (!is_ascii(text[at]) && !simdjson::validate_utf8(character)) return at;
    at += character.size();
  }
  return text.size();
}

constexpr char visible(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
}

}  // namespace

std::optional<std::size_t> invalid_utf8_at(std::string_view text) {
  if (simdjson::validate_utf8(text)) return std::nullopt;
  return next_invalid(text, 0);
}

std::string without_controls(std::string_view text) {
  std::string line(text);
  if (!simdjson::validate_utf8(line)) {
    for (auto bad = next_invalid(line, 0); bad < line.size(); bad = next_invalid(line, bad + 1)) line[bad] = ' ';
  }
  std::ranges::transform(line, line.begin(), visible);
  return line;
}

std::string printable_line(std::string_view text, std::size_t max_bytes) {
  // What is cut off anyway is not looked at: a body may be long. Blanks before the text are few.
  const auto line = without_controls(text.substr(0, 2 * max_bytes));
  auto kept = without_blanks(line);
  if (kept.size() <= max_bytes) return std::string(kept);
  auto end = max_bytes;
  while (end > 0 && is_continuation(kept[end])) --end;
  return std::string(without_blanks(kept.substr(0, end)));
}

}  // namespace headway::wire
