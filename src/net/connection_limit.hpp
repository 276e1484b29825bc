#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <limits>

namespace headway::net {

/// How many connections to one host there may be: what the user said, and fewer for a while after this machine ran out of
/// descriptors or ports, so that those there are go on in peace. A state machine, told the time.
class ConnectionLimit {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Until more connections than there were are tried again.
  static constexpr std::chrono::seconds shed_for{30};

  /// `most`: 0: no limit.
  explicit ConnectionLimit(std::size_t most) : most_(most > 0 ? most : std::numeric_limits<std::size_t>::max()) {}

  /// This machine has no room for more than `connections`.
  void shed(std::size_t connections, time_point now) {
    shed_to_ = connections;
    shed_until_ = now + shed_for;
  }

  std::size_t at(time_point now) const { return now < shed_until_ ? std::min(most_, shed_to_) : most_; }

 private:
  std::size_t most_;
  std::size_t shed_to_ = 0;
  time_point shed_until_ = time_point::min();
};

}  // namespace headway::net
