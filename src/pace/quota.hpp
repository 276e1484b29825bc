#pragma once

#include "pace/demand.hpp"
#include "pace/pace_options.hpp"

namespace headway::pace {

/// What Quota says to a call that wants to be sent.
struct QuotaAnswer {
  bool admitted = false;
  time_point ask_again = time_point::max();  ///< if not admitted: when to ask again
  LimitedBy by = LimitedBy::nothing;         ///< if not admitted: requests, tokens or server
};

/// The provider's limits of one endpoint, model and key: how fast calls may be sent.
class Quota {
 public:
  explicit Quota(const PaceOptions& options);

  /// May a call be sent at `now`? If so, fills in the tokens and the time of `out`, which must be settled once.
  QuotaAnswer admit(const Demand& demand, Reservation& out, time_point now);
  /// An attempt has ended.
  void settle(const Reservation& reservation, const Attempt& attempt, time_point now);

 private:
  time_point not_before_ = time_point::min();
};

}  // namespace headway::pace
