#pragma once

#include <cstddef>
#include <cstdint>

#include "pace/demand.hpp"

namespace headway::pace {

/// What the user says of one endpoint's limits, for one model and key. Zero: not known, to be learned.
struct PaceOptions {
  double requests_per_minute = 0;
  double tokens_per_minute = 0;  ///< in and out together
  double input_tokens_per_minute = 0;
  double output_tokens_per_minute = 0;
  double requests_per_day = 0;
  double tokens_per_day = 0;
  double share = 1;                 ///< of every limit, set or learned; above 0 up to 1
  std::size_t max_concurrency = 0;  ///< calls in flight at the most; 0: it finds itself
  bool starts_unlimited = false;    ///< loopback: nothing is assumed until the server refuses, fails or slows down
};

/// When the calls of one endpoint, model and key may be sent: joins Quota, Concurrency and Breaker. A state machine
/// without I/O, told the time, which never goes back. Each attempt: admit() until admitted, then settle() once.
class Pacer {
 public:
  explicit Pacer(const PaceOptions& options, std::uint64_t seed);

  /// May the next call be sent at `now`? Costs O(1). If so, its reservation is in flight until settled.
  Admission admit(const Demand& demand, time_point now);
  /// An attempt has ended. Costs O(1).
  void settle(const Reservation& reservation, const Attempt& attempt, time_point now);

  std::size_t in_flight() const;
};

}  // namespace headway::pace
