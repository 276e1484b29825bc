#pragma once

#include <chrono>
#include <cstdint>

#include "pace/demand.hpp"

namespace headway::pace {

/// How many of a client's attempts may be retries, over all its endpoints: one in five calls and ten a second besides
/// (Finagle's RetryBudget), so that retries cannot multiply the load of servers that already fail. What is above
/// is delayed, never failed. Parked calls, failed probes, and what no server is at work on are no retries: a server that
/// restarts loses all its calls at once, and Breaker and Concurrency see to it that they do not come back at once.
class RetryBudget {
 public:
  /// A call is sent for the first time. Costs O(1), like all here.
  void sent(time_point now) noexcept;

  /// A call is to be sent again, after its own wait. Returns how much longer it has to wait: zero while the budget
  /// holds; then so long that retries come no faster than it fills up; at the most 30 s.
  std::chrono::nanoseconds retry(time_point now) noexcept;

 private:
  void advance(time_point now) noexcept;
  double most() const noexcept;

  double left_ = 100;          // retries; below zero: those that are delayed
  double calls_a_second_ = 0;  // over the last seconds
  double calls_now_ = 0;       // since second_started_
  time_point second_started_ = time_point::min();
};

}  // namespace headway::pace
