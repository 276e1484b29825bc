#pragma once

#include <mutex>
#include <utility>
#include <vector>

#include <headway/client_stats.hpp>
#include <headway/learned_limits.hpp>
#include <headway/lease.hpp>
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

  void write(const LeaseDemand& demand) {
    const std::lock_guard lock(mutex_);
    demand_ = demand;
  }
  void write(std::vector<LearnedLimits> limits) {
    const std::lock_guard lock(mutex_);
    limits_ = std::move(limits);
  }

  ClientStats stats() const {
    const std::lock_guard lock(mutex_);
    return stats_;
  }
  std::vector<pace::SpendRow> spend() const {
    const std::lock_guard lock(mutex_);
    return rows_;
  }
  LeaseDemand demand() const {
    const std::lock_guard lock(mutex_);
    return demand_;
  }
  std::vector<LearnedLimits> limits() const {
    const std::lock_guard lock(mutex_);
    return limits_;
  }

 private:
  mutable std::mutex mutex_;
  ClientStats stats_;
  std::vector<pace::SpendRow> rows_;
  LeaseDemand demand_;
  std::vector<LearnedLimits> limits_;
};

}  // namespace headway::call
