#include <algorithm>

#include "job/report/failures.hpp"
#include "wire/utf8.hpp"

namespace headway::job {
namespace {

constexpr std::size_t longest_message = 200;
constexpr std::size_t longest_quote = 40;

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

constexpr bool is_word(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' || byte >= 0x80;
}

// "gpt-4o" stays, "req_8f3a9c" and "127" do not. A digit or two in a name belong to it.
bool is_id(std::string_view word) {
  const auto digits = std::ranges::count_if(word, is_digit);
  if (digits == 0) return false;
  const bool only_number = std::ranges::all_of(word, [](char c) { return is_digit(c) || c == '-'; });
  return only_number || digits > 2 || word.size() > 20;
}

// A number with its point and commas, and a unit right behind it: "1.5s", "20,000".
std::size_t number_end(std::string_view text, std::size_t at) {
  while (at + 1 < text.size() && (text[at] == '.' || text[at] == ',') && is_digit(text[at + 1])) {
    ++at;
    while (at < text.size() && is_word(text[at])) ++at;
  }
  return at;
}

std::size_t quote_end(std::string_view text, std::size_t at) {
  const char quote = text[at];
  if ((quote != '"' && quote != '\'' && quote != '`') || (at > 0 && is_word(text[at - 1])))
    return std::string_view::npos;
  return text.find(quote, at + 1);
}

}  // namespace

std::string blurred(std::string_view message) {
  const auto text = wire::printable_line(message, 4 * longest_message);
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    if (const auto close = quote_end(text, at); close != std::string_view::npos) {
      const auto quoted = std::string_view(text).substr(at + 1, close - at - 1);
      const bool shown = quoted.size() <= longest_quote && !is_id(quoted);
      result += text[at];
      result += shown ? quoted : "…";
      result += text[at];
      at = close + 1;
    } else if (is_word(text[at])) {
      auto end = at;
      while (end < text.size() && is_word(text[end])) ++end;
      const auto word = std::string_view(text).substr(at, end - at);
      const bool number = is_digit(word.front());
      result += number || is_id(word) ? "#" : word;
      at = number ? number_end(text, end) : end;
    } else {
      result += text[at++];
    }
  }
  return wire::printable_line(result, longest_message);
}

}  // namespace headway::job
