#pragma once

#include <mutex>

#include <headway/client_stats.hpp>

namespace headway::call {

/// Where the loop leaves its counts for other threads to read.
class StatsBoard {
 public:
  void write(const ClientStats& stats) {
    const std::lock_guard lock(mutex_);
    stats_ = stats;
  }

  ClientStats read() const {
    const std::lock_guard lock(mutex_);
    return stats_;
  }

 private:
  mutable std::mutex mutex_;
  ClientStats stats_;
};

}  // namespace headway::call
