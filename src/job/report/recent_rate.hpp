#pragma once

#include <algorithm>
#include <cmath>

namespace headway::job {

/// How fast a count grows of late: the mean of about the last 15 s, older ones faded. Told the time.
class RecentRate {
 public:
  /// `grown` in the `passed` seconds up to now.
  void add(double grown, double passed) {
    if (!(passed > 0)) return;
    const double kept = std::exp(-passed / remembered_seconds);
    grown_ = grown_ * kept + grown;
    seconds_ = std::min(seconds_ * kept + passed, remembered_seconds + passed);
  }
  /// A second; 0 before anything was added.
  double per_second() const { return seconds_ > 0 ? grown_ / seconds_ : 0; }

 private:
  static constexpr double remembered_seconds = 15;

  double grown_ = 0;
  double seconds_ = 0;
};

}  // namespace headway::job
