#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>

#include "pace/demand.hpp"

namespace headway::pace {

/// What some calls, ended one after the other, tell of a server's queue.
struct QueueSample {
  double waiting_share = 0;  ///< of the calls in flight: how many only wait in the server's queue; 0 to 1
  double mean_wait = 0;      ///< seconds a call waits there
  double served = 0;         ///< calls in flight that do not wait
  double seconds = 0;        ///< that it took
};

/// Sees the queue of a server that does not refuse: from the time to the first token of streams; of whole answers from
/// the time for each token of output, so that long answers alone mean nothing.
///
/// By Little's law the share of calls that wait is the share of a call's time that is waiting: the time above the floor,
/// which is the shortest seen in the last 5 to 10 minutes. One sample is 64 good answers, so that a few
/// odd ones mean nothing. Answers that tell neither a first token nor tokens tell nothing.
class QueueSignal {
 public:
  /// A good answer has ended. Returns a sample with every 64th that says something.
  std::optional<QueueSample> answered(const Attempt& attempt, time_point now) noexcept;
  /// Forgets the answers of the sample that is under way; the floors stay.
  void start_over(time_point now) noexcept;

 private:
  // The least of the current and the previous five minutes. It rises by a tenth at the most when the earlier of them
  // leave: else a queue that lasts for long would become the floor.
  class Floor {
   public:
    void add(double value, time_point now) noexcept;
    double value() const noexcept { return current_ < previous_ ? current_ : previous_; }

   private:
    static constexpr double none = std::numeric_limits<double>::infinity();
    double current_ = none;
    double previous_ = none;
    time_point ends_ = time_point::min();
  };
  struct Sums {
    std::uint32_t calls = 0;
    double to_first = 0;  // seconds
    double to_end = 0;    // seconds
    double tokens = 0;
    void add(const Sums& other) noexcept;
  };

  void end_group(time_point now) noexcept;
  QueueSample end_sample(time_point now) noexcept;

  Sums group_;   // of 16 calls: the floor of the time for each token is of groups
  Sums sample_;  // of 64
  time_point sample_started_ = time_point::min();
  Floor to_first_;
  Floor per_token_;
};

}  // namespace headway::pace
