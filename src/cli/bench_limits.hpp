#pragma once

#include <chrono>
#include <map>
#include <string>

#include <headway/client_stats.hpp>

namespace headway::cli {

/// What limited the calls of a run, looked at now and then.
class LimitsLog {
 public:
  using Clock = std::chrono::steady_clock;

  /// `stats` are those of now. Nothing is noted while no call is in flight.
  void look(const ClientStats& stats, Clock::time_point now);

  /// For people, without a line break: "requests (594 of 600 a minute)". Empty: no call is in flight, or nothing was seen.
  std::string now() const;
  /// "requests 80 % of the time, input 20 %"; empty: nothing was seen.
  std::string shares() const;
  /// Seconds by what limited.
  const std::map<LimitedBy, double>& seconds() const { return seconds_; }

 private:
  std::map<LimitedBy, double> seconds_;
  ClientStats last_;
  Clock::time_point looked_at_;
};

}  // namespace headway::cli
