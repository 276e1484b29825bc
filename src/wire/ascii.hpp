#pragma once

#include <algorithm>
#include <string_view>

#include "base/ascii.hpp"

namespace headway::wire {

/// Whether `text` begins with `word`, whatever its case; `word` is in small letters.
constexpr bool starts_with_word(std::string_view text, std::string_view word) noexcept {
  return std::ranges::equal(text.substr(0, word.size()), word, {}, lower);
}

/// `text` without the spaces, tabs and line ends around it.
constexpr std::string_view without_blanks(std::string_view text) noexcept {
  constexpr std::string_view blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace headway::wire
