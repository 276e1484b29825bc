#include "job/report/terminal_text.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>

#include "job/json_text.hpp"

namespace headway::job {
namespace {

constexpr bool is_control(std::uint32_t point) {
  return (point < 0x20 && point != '\n' && point != '\t') || (point >= 0x7f && point < 0xa0);
}

// Of Unicode's bidirectional formatting characters, and the two line ends of its own.
constexpr bool turns_text(std::uint32_t point) {
  return point == 0x061c || point == 0x200e || point == 0x200f || (point >= 0x2028 && point <= 0x202e) ||
         (point >= 0x2066 && point <= 0x2069);
}

std::uint32_t point_of(std::string_view character) {
  const auto first = static_cast<unsigned char>(character.front());
  std::uint32_t point = character.size() == 1 ? first : first & (0x7fU >> character.size());
  for (const char c : character.substr(1)) point = (point << 6) | (static_cast<unsigned char>(c) & 0x3fU);
  return point;
}

}  // namespace

std::string terminal_text(std::string_view text) {
  const auto good = repaired_utf8(text);
  std::string shown;
  for (std::string_view rest = good; !rest.empty();) {
    const auto announced = static_cast<std::size_t>(std::countl_one(static_cast<unsigned char>(rest.front())));
    const auto character = rest.substr(0, std::max<std::size_t>(1, announced));
    rest.remove_prefix(character.size());
    if (character == "\r" && rest.starts_with('\n')) continue;
    const auto point = point_of(character);
    shown += is_control(point) || turns_text(point) ? std::string_view("\xEF\xBF\xBD") : character;
  }
  return shown;
}

}  // namespace headway::job
