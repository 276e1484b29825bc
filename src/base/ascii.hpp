#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace headway {

/// The small letter, whatever the locale. Bytes that are no ASCII letter stay as they are.
constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// `text` in small letters.
inline std::string lowered(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), lower);
  return result;
}

}  // namespace headway
