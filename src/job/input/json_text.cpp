#include "job/input/json_text.hpp"

#include <array>
#include <charconv>

#include <fmt/format.h>
#include <boost/json/parser.hpp>

namespace headway::job {
namespace {

constexpr bool must_be_escaped(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

void append_escaped(std::string& out, char c) {
  constexpr std::string_view short_forms = "\"\"\\\\\bb\ff\nn\rr\tt";  // pairs: the character, its letter
  for (std::size_t i = 0; i < short_forms.size(); i += 2) {
    if (short_forms[i] != c) continue;
    out += '\\';
    out += short_forms[i + 1];
    return;
  }
  fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t kept = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!must_be_escaped(text[at])) continue;
    out.append(text, kept, at - kept);
    append_escaped(out, text[at]);
    kept = at + 1;
  }
  out.append(text, kept);
  out += '"';
}

std::string json_number(double number) {
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  return {digits.data(), end};
}

std::string json_fault(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = 1024;  // simdjson's
  boost::json::parser parser({}, options);
  boost::json::error_code error;
  const auto read = parser.write(text.data(), text.size(), error);
  return error ? fmt::format("{} at byte {}", error.message(), read + 1) : std::string();
}

}  // namespace headway::job
