#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pacing/provider.hpp"

namespace headway::pacing {

enum class Enforced { bucket, slices, fixed };

struct LimitPlan {
  LimitPlan(Counts counted, Enforced how, double amount) : counts(counted), enforced(how), limit(amount) {}

  Counts counts;
  Enforced enforced;
  double limit;        ///< in a window
  double window = 60;  ///< seconds
  double slice = 1;    ///< seconds; with Enforced::slices
  bool told = true;    ///< in the headers, where there are headers
};

/// One provider and one load.
struct Case {
  Case() {}

  std::string name;
  std::string what;  ///< a line for the page
  double minutes = 10;
  std::vector<LimitPlan> limits;
  std::size_t slots = 0;  ///< of a server that queues; it has no limits
  ProviderOptions provider;
  Outage outage;
  Workload workload;
  double delay_ms = 50;     ///< of the network, each way
  double jitter_ms = 10;    ///< its standard deviation
  bool streams = true;      ///< the time to the first token is seen
  std::size_t workers = 0;  ///< of those who set a number: about twice what the limit needs

  /// Goals, all after 30 s.
  double least_share = 0;      ///< hundredths of the limit; 0: none
  double most_refusals = 1e9;  ///< in 1,000 calls
  double most_waiting = 1e9;   ///< seconds a call, over the whole run
  bool near_oracle = false;    ///< instead of share and refusals: no more than 2 points below the oracle

  double length() const { return minutes * 60; }
  double change_at() const { return provider.change_at; }
};

/// `phase` (0 to 1): where in its slice the provider is at the start.
std::vector<Limit> make_limits(const Case& plan, double phase);
std::unique_ptr<Provider> make_provider(const Case& plan, double phase);

/// The most of each limit that one who knows all could use, by the second.
std::vector<Series> ideal_use(const Case& plan, double phase);

const std::vector<Case>& all_cases();

}  // namespace headway::pacing
