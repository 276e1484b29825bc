#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace headway::job {

/// How long \uXXXX is.
inline constexpr std::size_t escape_size = 6;

/// What \uXXXX at `at` stands for, as a UTF-16 unit; 0: there is none.
inline std::uint32_t escaped_unit_at(std::string_view text, std::size_t at) {
  if (at + escape_size > text.size() || text[at] != '\\' || text[at + 1] != 'u') return 0;
  std::uint32_t unit = 0;
  const auto* end = text.data() + at + escape_size;
  return std::from_chars(text.data() + at + 2, end, unit, 16).ptr == end ? unit : 0;
}

constexpr bool is_high_surrogate(std::uint32_t unit) noexcept {
  return unit >= 0xD800 && unit < 0xDC00;
}

constexpr bool is_low_surrogate(std::uint32_t unit) noexcept {
  return unit >= 0xDC00 && unit < 0xE000;
}

}  // namespace headway::job
