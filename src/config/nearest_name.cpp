#include "config/nearest_name.hpp"

#include <algorithm>
#include <cstddef>

namespace headway::config {
namespace {

// Levenshtein's distance, with two letters that changed places as one change.
std::size_t changes(std::string_view from, std::string_view to) {
  std::vector<std::vector<std::size_t>> least(from.size() + 1, std::vector<std::size_t>(to.size() + 1));
  for (std::size_t i = 0; i <= from.size(); ++i) {
    for (std::size_t j = 0; j <= to.size(); ++j) {
      auto& here = least[i][j] = std::max(i, j);
      if (i == 0 || j == 0) continue;
      const bool same = from[i - 1] == to[j - 1];
      here =
          std::min({least[i - 1][j - 1] + static_cast<std::size_t>(!same), least[i - 1][j] + 1, least[i][j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
      if (swapped) here = std::min(here, least[i - 2][j - 2] + 1);
    }
  }
  return least.back().back();
}

}  // namespace

std::string nearest_name(std::string_view name, const std::vector<std::string>& known) {
  constexpr std::size_t longest = 100;
  std::string nearest;
  if (name.size() > longest) return nearest;
  auto fewest = std::max<std::size_t>(1, name.size() / 3) + 1;
  for (const auto& candidate : known) {
    const auto needed = changes(name, candidate);
    if (needed >= fewest) continue;
    fewest = needed;
    nearest = candidate;
  }
  return nearest;
}

}  // namespace headway::config
