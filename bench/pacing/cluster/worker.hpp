#pragma once

#include <optional>
#include <string>

#include "pace/lease_book.hpp"
#include "pace/pacer.hpp"
#include "pacing/clock.hpp"

namespace headway::pacing {

/// One process of a cluster: headway's own state machines, and the lease as its client keeps it.
class Worker {
 public:
  Worker(std::string name, const pace::PaceOptions& options, std::uint64_t seed)
      : name_(std::move(name)), pacer_(options, seed) {
    pacer_.lend({}, time_point::min(), start);  // nothing, until the first lease comes
  }

  const std::string& name() const { return name_; }
  pace::Pacer& pacer() { return pacer_; }

  /// The lease that still runs.
  std::optional<Lease> held(time_point now) const { return now < until_ ? lease_ : std::nullopt; }
  /// It counts from when its renewal was sent. A reply that was overtaken by a younger one is of no use.
  void take(const pace::GrantedLease& granted, time_point sent_at, time_point now) {
    if (sent_at < sent_at_) return;
    sent_at_ = sent_at;
    lease_ = granted.lease;
    until_ = sent_at + granted.lasts;
    pacer_.lend(granted.lease, until_, now);
  }

  double calls_a_second = 0;  ///< that come; 0 and not `endless`: none
  bool endless = false;       ///< there is always another one
  std::size_t waiting = 0;    ///< those that came, or are to be sent again
  time_point timer = time_point::min();
  bool alive = true;

 private:
  std::string name_;
  pace::Pacer pacer_;
  std::optional<Lease> lease_;
  time_point until_ = time_point::min();
  time_point sent_at_ = time_point::min();
};

}  // namespace headway::pacing
