#pragma once

#include <cstddef>
#include <cstdint>

#include "pace/demand.hpp"
#include "pace/pace_options.hpp"
#include "pace/quota.hpp"

namespace headway::pace {

/// When the calls of one endpoint, model and key may be sent: joins Quota, Concurrency and Breaker. A state machine
/// without I/O, told the time, which never goes back. Each attempt: admit() until admitted, then settle() once.
class Pacer {
 public:
  explicit Pacer(const PaceOptions& options, std::uint64_t seed);

  /// May the next call be sent at `now`? Costs O(1). If so, its reservation is in flight until settled.
  Admission admit(const Demand& demand, time_point now);
  /// An attempt has ended. Costs O(1).
  void settle(const Reservation& reservation, const Attempt& attempt, time_point now);

  std::size_t in_flight() const { return in_flight_; }

 private:
  Quota quota_;
  std::size_t max_concurrency_;
  std::size_t in_flight_ = 0;
};

}  // namespace headway::pace
