#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace headway::pace {

/// Whether refusals come in a row, as at the end of a limit, or one here and there. By the places of the refused calls in
/// the order of sending: refusals come back long before answers, and in any order.
class RefusalRun {
 public:
  /// The call at that place was refused; so large a share is, lately. Whether so many neighbours of it were refused
  /// that chance cannot be the reason.
  bool refused(double place, double share) noexcept {
    places_[count_++ % places_.size()] = place;
    constexpr double chance = 1e-5, least = 0.2, most = 0.6;
    const auto row = static_cast<std::size_t>(std::ceil(std::log(chance) / std::log(std::clamp(share, least, most))));
    const auto known = std::min(count_, places_.size());
    if (known < row) return false;
    auto sorted = places_;
    std::sort(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(known));
    const auto at = static_cast<std::size_t>(
        std::lower_bound(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(known), place) - sorted.begin());
    for (std::size_t first = at + 1 > row ? at + 1 - row : 0; first <= at && first + row <= known; ++first) {
      if (sorted[first + row - 1] - sorted[first] < static_cast<double>(row)) return true;
    }
    return false;
  }

 private:
  std::array<double, 64> places_{};
  std::size_t count_ = 0;
};

}  // namespace headway::pace
