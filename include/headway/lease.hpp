#pragma once

#include <cstddef>
#include <optional>

namespace headway {

/// A part of every limit of a provider, lent to one client for a time by whoever divides that limit among several of
/// them, for instance the processes of a cluster. See Client::take_lease().
struct Lease {
  Lease() {}

  double requests = 0;  ///< of every limit on requests, set or learned: 0 (nothing may be sent) to 1
  double tokens = 0;    ///< of every limit on tokens: 0 (nothing may be sent) to 1
  /// Calls in flight at each endpoint and model at the most. 0: none. Unset: the lease sets no bound.
  std::optional<std::size_t> max_concurrency;
  /// Nothing of the limits was used before by any of the clients: the first lease starts with its part of a full bucket.
  /// Otherwise it starts with an empty one, which fills at the lease's part of the rate.
  bool fresh = false;

  /// Whether any call may be sent under it.
  bool lends() const noexcept { return requests > 0 && tokens > 0 && max_concurrency != 0U; }
  bool operator==(const Lease&) const = default;
};

/// What a client could use: parts of the limits as in Lease, and calls in flight.
struct LeaseDemand {
  LeaseDemand() {}

  double requests = 0;          ///< of the limit on requests; 1: all of it, or not known while calls wait
  double tokens = 0;            ///< of the limit on tokens, in the same way
  std::size_t concurrency = 0;  ///< calls in flight, those that are there included
  std::size_t in_flight = 0;    ///< calls that are sent and not answered yet
};

}  // namespace headway
