#pragma once

#include <chrono>
#include <map>
#include <string>

#include <headway/client_stats.hpp>

namespace headway::job {

/// For how long what limited a run.
class LimitedTime {
 public:
  /// For `passed`, up to now, the calls were as `stats` says. Nothing is noted while no call is in flight.
  void look(const ClientStats& stats, std::chrono::duration<double> passed);

  /// Seconds by what limited.
  const std::map<LimitedBy, double>& seconds() const { return seconds_; }
  /// "requests 80 % of the time, input 20 %"; empty: nothing was seen.
  std::string shares() const;

 private:
  std::map<LimitedBy, double> seconds_;
};

/// What limits now, with its figures: "requests a minute: 598 of 600". Empty: no call is in flight.
std::string limited_now(const ClientStats& stats);

}  // namespace headway::job
