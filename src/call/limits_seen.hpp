#pragma once

#include <chrono>
#include <cstddef>

#include <headway/client_stats.hpp>

#include "pace/pacer.hpp"

namespace headway::call {

class Gate;

/// What limits a client's calls now, looked at now and then: on the loop's own thread, whose time it measures.
class LimitsSeen {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Whether it is time to look again.
  bool is_due(time_point now) const { return now >= next_look_; }
  /// `gate`: that for which the most calls wait; null: there is none. `for_connection`: why calls wait for one; input: none
  /// does.
  void look(Gate* gate, LimitedBy for_connection, time_point now);
  /// Sets the part of `stats` that tells of limits.
  void add_to(ClientStats& stats) const;

 private:
  bool loop_is_busy(time_point now);

  LimitedBy limited_by_ = LimitedBy::input;
  pace::PaceSnapshot pace_;
  std::chrono::milliseconds resumes_in_{0};
  time_point next_look_;
  time_point looked_at_;
  std::chrono::nanoseconds cpu_time_{};
};

}  // namespace headway::call
