#pragma once

#include <chrono>
#include <string>

#include <headway/client_stats.hpp>

#include "job/report/limited_time.hpp"

namespace headway::cli {

/// What limited the calls of a run, looked at now and then.
class LimitsLog {
 public:
  using Clock = std::chrono::steady_clock;

  /// `stats` are those of now. Nothing is noted while no call is in flight.
  void look(const ClientStats& stats, Clock::time_point now) {
    const auto passed = looked_at_ == Clock::time_point() ? Clock::duration(0) : now - looked_at_;
    looked_at_ = now;
    last_ = stats;
    time_.look(stats, passed);
  }

  /// As job::limited_now.
  std::string now() const { return job::limited_now(last_); }
  const job::LimitedTime& time() const { return time_; }

 private:
  job::LimitedTime time_;
  ClientStats last_;
  Clock::time_point looked_at_;
};

}  // namespace headway::cli
