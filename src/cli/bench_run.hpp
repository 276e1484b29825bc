#pragma once

#include <cstddef>
#include <limits>
#include <mutex>

#include "bench_options.hpp"
#include "bench_tally.hpp"

namespace headway::cli {

/// One run of the bench: says which calls may still start, and counts how they end. Any thread may call.
class BenchRun {
 public:
  BenchRun(const BenchOptions& options, Clock::time_point start);

  /// Whether a call that is due then may start. If so it counts as started: finish it with ended().
  bool admit(Clock::time_point due);
  /// After a call that was not sent, since none would be, no further one may start.
  void ended(const CallEnd& end, Clock::time_point due);
  /// No further call may start.
  void stop();
  /// Whether calls that were asked for were not started, since none would be sent.
  bool stopped_early() const { return stopped_early_; }

  Clock::time_point start() const { return start_; }
  /// When the time for starting calls is over.
  Clock::time_point until() const { return until_; }
  /// Calls `look(const Tally&)` while nothing is counted.
  template <class Look>
  auto with_tally(Look look) const {
    const std::lock_guard lock(mutex_);
    return look(tally_);
  }

 private:
  mutable std::mutex mutex_;
  Clock::time_point start_;
  Clock::time_point until_ = Clock::time_point::max();
  std::size_t left_;
  bool stopped_early_ = false;
  Tally tally_;
};

}  // namespace headway::cli
