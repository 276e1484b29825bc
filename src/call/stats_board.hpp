#pragma once

#include <mutex>
#include <vector>

#include <headway/client_stats.hpp>
#include <headway/model_spend.hpp>

#include "pace/spend.hpp"

namespace headway::call {

/// Where the loop leaves its counts for other threads to read.
class StatsBoard {
 public:
  void write(const ClientStats& stats, pace::Spend& spend) {
    const auto changed = spend.take_changed();
    const std::lock_guard lock(mutex_);
    stats_ = stats;
    rows_.resize(spend.rows().size());
    for (const auto account : changed) rows_[account] = spend.rows()[account];
  }

  ClientStats stats() const {
    const std::lock_guard lock(mutex_);
    return stats_;
  }
  std::vector<pace::SpendRow> spend() const {
    const std::lock_guard lock(mutex_);
    return rows_;
  }

 private:
  mutable std::mutex mutex_;
  ClientStats stats_;
  std::vector<pace::SpendRow> rows_;
};

}  // namespace headway::call
