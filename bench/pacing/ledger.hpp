#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "pacing/clock.hpp"

namespace headway::pacing {

/// Amounts by the second since the start.
class Series {
 public:
  void add(time_point when, double amount) {
    const auto second = static_cast<std::size_t>(std::max(0.0, seconds(when)));
    if (second >= amounts_.size()) amounts_.resize(second + 1);
    amounts_[second] += amount;
  }

  /// From one whole second up to, not including, another.
  double sum(std::size_t from, std::size_t to) const {
    double sum = 0;
    for (std::size_t second = from; second < std::min(to, amounts_.size()); ++second) sum += amounts_[second];
    return sum;
  }

 private:
  std::vector<double> amounts_;
};

/// What came to the provider, as it saw it.
struct Ledger {
  std::vector<Series> used;  ///< of each limit, in its unit
  Series accepted;           ///< requests, as are the next two
  Series refused;
  Series failed;
};

}  // namespace headway::pacing
