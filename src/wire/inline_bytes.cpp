#include "wire/inline_bytes.hpp"

#include <algorithm>

namespace headway::wire {
namespace {

constexpr std::size_t shortest_run = 1024;

constexpr bool is_base64(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/' ||
         c == '-' || c == '_' || c == '=';
}

}  // namespace

std::size_t inline_bytes(std::string_view text) noexcept {
  std::size_t all = 0;
  std::size_t seen = 0;
  while (seen + shortest_run <= text.size()) {
    const auto probe = seen + shortest_run / 2;  // each run of this length has one in it
    auto begin = probe;
    while (begin > seen && is_base64(text[begin - 1])) --begin;
    const auto* const end = std::find_if_not(text.begin() + probe, text.end(), is_base64);
    const auto stop = static_cast<std::size_t>(end - text.begin());
    if (stop > begin && stop - begin >= shortest_run) all += stop - begin;
    seen = std::max(stop, probe);
    if (stop <= probe) seen = probe + 1;
  }
  return all;
}

}  // namespace headway::wire
