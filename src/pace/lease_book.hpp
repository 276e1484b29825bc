#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <headway/learned_limits.hpp>
#include <headway/lease.hpp>

#include "pace/demand.hpp"

namespace headway::pace {

/// What a worker gets for a renewal.
struct GrantedLease {
  Lease lease;
  std::chrono::nanoseconds lasts{0};     ///< from the moment when the worker *sent* its renewal
  std::chrono::nanoseconds renew_in{0};  ///< from the same moment: when the next one is to be sent
};

/// What workers tell each other of an endpoint's limits: what one has `told` last. What it says nothing of stays as it was known,
/// and what only who was refused has seen is not forgotten: that a limit is one of slices, and what the model refuses.
LearnedLimits newer(const LearnedLimits& known, LearnedLimits told);

/// Divides one provider's limit among the processes that share it. The model is Google's Doorman
/// (github.com/youtube/doorman): each tells what it wants and what it has, and gets a lease; a server that was restarted
/// learns before it gives.
///
/// - What is lent never sums above the whole. A worker's holding is the most of all its grants that have not expired and
///   that it may still use, since a reply may be late or lost; so a part is lent again only after it has expired, or
///   after the worker has told that it has moved on. A worker counts its lease from when it sent the renewal, the book from
///   when it got it: no clocks need agree.
/// - It is divided max-min fair by what workers want; what nobody wants is spread evenly, so that who begins to
///   want need not wait. Every worker always has a little.
/// - More workers renew less often: from four times a second each to some 1,400 a second of a thousand. A lease outlives one lost
///   message.
/// A state machine without I/O, told the time, which never goes back. Each renewal costs O(workers).
class LeaseBook {
 public:
  /// So long a grant lasts. Workers that have not renewed for so long are forgotten.
  static constexpr std::chrono::seconds length{2};

  /// `concurrency`: calls in flight of all workers together; 0: no bound. `restarted`: a book before this one may have
  /// lent something, so for the first `length` each worker gets what it says it still holds, and no more. Renewals that
  /// were sent to the book before must not come to this one.
  explicit LeaseBook(std::size_t concurrency = 0, bool restarted = false);

  /// `name`: of the worker, one that no other process has or ever had. `held`: the lease that it uses now, as it was granted;
  /// none: it has none that still runs. A worker must not go back from a lease to an older one whose reply came late.
  GrantedLease renew(const std::string& name, const LeaseDemand& demand, const std::optional<Lease>& held,
                     time_point now);
  /// It uses its leases no more.
  void leave(const std::string& name, time_point now);

 private:
  struct Grant {
    Lease lease;
    time_point until;
  };
  struct Worker {
    void moved_on_to(const Lease& held);
    void expire(time_point now);
    void count_most();

    LeaseDemand demand;
    std::vector<Grant> grants;  // that it may still use, oldest first
    Lease most;                 // of them, and of its calls in flight
    bool is_new = true;
    std::optional<bool> fresh;  // none: it had no lease that lends yet
  };

  void expire(time_point now);
  Lease free_for(const Worker& worker) const;
  Lease due(const Worker& worker, const std::optional<Lease>& held, time_point now) const;
  double part_due(const Worker& worker, double LeaseDemand::*want) const;
  std::size_t slots_due(const Worker& worker, time_point now) const;
  void lend(Worker& worker, Lease& lease, time_point now);
  std::chrono::nanoseconds next_renewal();

  std::size_t concurrency_;
  double never_lent_;  // of the whole: what a full bucket still holds for newcomers
  bool learns_;
  std::optional<time_point> learns_until_;  // since the first renewal
  std::map<std::string, Worker> workers_;
  std::size_t renewals_ = 0;
};

}  // namespace headway::pace
