#include "wire/body_wait.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "wire/ascii.hpp"

namespace headway::wire {
namespace {

using std::chrono::milliseconds;

// OpenAI's SDK obeys as much.
constexpr double longest_seconds = 120;

constexpr bool is_letter(char c) {
  return lower(c) >= 'a' && lower(c) <= 'z';
}

// Takes a unit off the front of `text`, and gives its seconds; 0: another word.
double take_wait_unit(std::string_view& text) {
  const auto end = static_cast<std::size_t>(std::ranges::find_if_not(text, is_letter) - text.begin());
  const auto word = text.substr(0, end);
  text.remove_prefix(end);
  const auto is_short = [word](std::string_view name) {
    return word.size() == name.size() && starts_with_word(word, name);
  };
  if (is_short("ms") || starts_with_word(word, "milli")) return 1e-3;
  if (is_short("s") || starts_with_word(word, "sec")) return 1;
  if (is_short("m") || starts_with_word(word, "min")) return 60;
  if (is_short("h") || starts_with_word(word, "hour") || is_short("hr") || is_short("hrs")) return 3600;
  return is_short("d") || starts_with_word(word, "day") ? 86400 : 0;
}

// The duration that `text` begins with: "1m5.2s", "20 seconds", "20".
std::optional<milliseconds> wait_at_front(std::string_view text) {
  double seconds = 0;
  bool any = false;
  for (;;) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc() || !(number >= 0)) break;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.starts_with(' ')) text.remove_prefix(1);
    const bool bare = text.empty() || !is_letter(text.front());
    const double unit = bare ? 1 : take_wait_unit(text);
    if (unit == 0) break;
    seconds += number * unit;
    any = true;
    if (bare) break;
  }
  if (!any || !(seconds > 0)) return std::nullopt;
  return milliseconds(static_cast<milliseconds::rep>(std::ceil(std::min(seconds, longest_seconds) * 1e3)));
}

std::size_t find_word(std::string_view text, std::string_view word, std::size_t from = 0) {
  const auto rest = text.substr(std::min(from, text.size()));
  const auto found = std::ranges::search(rest, word, {}, lower);
  return found.empty() ? std::string_view::npos : from + static_cast<std::size_t>(found.begin() - rest.begin());
}

}  // namespace

std::optional<milliseconds> wait_in_field(std::string_view text) {
  return wait_at_front(without_blanks(text));
}

std::optional<milliseconds> wait_in_words(std::string_view text) {
  constexpr std::string_view beginnings[] = {"again in ",    "retry in ", "retry after ", "again after ",
                                             "retrying in ", "wait for ", "wait "};
  for (const auto words : beginnings) {
    for (auto at = find_word(text, words); at != std::string_view::npos; at = find_word(text, words, at + 1)) {
      if (const auto wait = wait_at_front(text.substr(at + words.size()))) return wait;
    }
  }
  return std::nullopt;
}

bool says_limit_of_zero(std::string_view text) noexcept {
  constexpr std::string_view words = "limit: 0";
  for (auto at = text.find(words); at != std::string_view::npos; at = text.find(words, at + 1)) {
    const auto rest = text.substr(at + words.size());
    const auto is_digit = [rest](std::size_t i) { return i < rest.size() && rest[i] >= '0' && rest[i] <= '9'; };
    if (!is_digit(0) && !(rest.starts_with('.') && is_digit(1))) return true;
  }
  return false;
}

}  // namespace headway::wire
