#include "pace/quota.hpp"

#include <algorithm>

namespace headway::pace {

Quota::Quota(const PaceOptions&) {}

QuotaAnswer Quota::admit(const Demand& demand, Reservation& out, time_point now) {
  if (now < not_before_) return {false, not_before_, LimitedBy::server};
  out.demand = demand;
  out.admitted_at = now;
  return {true, now, LimitedBy::nothing};
}

void Quota::settle(const Reservation&, const Attempt& attempt, time_point now) {
  if (attempt.server_wait) not_before_ = std::max(not_before_, now + *attempt.server_wait);
}

}  // namespace headway::pace
