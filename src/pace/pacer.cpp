#include "pace/pacer.hpp"

namespace headway::pace {

Pacer::Pacer(const PaceOptions& options, std::uint64_t) : quota_(options), max_concurrency_(options.max_concurrency) {}

Admission Pacer::admit(const Demand& demand, time_point now) {
  Admission admission;
  if (max_concurrency_ != 0 && in_flight_ >= max_concurrency_) {
    admission.limited_by = LimitedBy::concurrency;
    return admission;
  }
  const auto answer = quota_.admit(demand, admission.reservation, now);
  admission.admitted = answer.admitted;
  admission.limited_by = answer.by;
  if (answer.admitted) {
    ++in_flight_;
  } else {
    admission.ask_again = answer.ask_again;
  }
  return admission;
}

void Pacer::settle(const Reservation& reservation, const Attempt& attempt, time_point now) {
  --in_flight_;
  quota_.settle(reservation, attempt, now);
}

}  // namespace headway::pace
