#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "pacing/ledger.hpp"
#include "pacing/meter.hpp"
#include "pacing/workload.hpp"

namespace headway::pacing {

/// What a provider sends back, and when.
struct Reply {
  pace::Result result = pace::Result::answered;
  time_point first_byte;
  time_point end;
  LimitSnapshot limits;
  std::optional<nanoseconds> server_wait;
};

/// A server, seen from its own door. Requests arrive in the order of time.
class Provider {
 public:
  virtual ~Provider() = default;

  virtual Reply arrive(const Request& request, time_point now, Ledger& ledger) = 0;
};

enum class Counts { requests, tokens, input_tokens, output_tokens };

/// When tokens are taken from a limit.
enum class Charge {
  by_use,    ///< the prompt's on arrival, the answer's at its end
  up_front,  ///< prompt + max_tokens on arrival, and nothing is given back (Azure, Cerebras)
};

struct Limit {
  Counts counts = Counts::requests;
  std::unique_ptr<Meter> meter;
  bool told = true;  ///< in the headers, if there are headers
};

/// What a request takes from a limit when it comes, and when it ends.
double taken_on_arrival(const Request& request, Counts counts, Charge charge);
double taken_at_end(const Request& request, Counts counts, Charge charge);

struct ProviderOptions {
  ProviderOptions() {}

  Charge charge = Charge::by_use;
  bool headers = true;         ///< whether answers tell the limits
  bool resets = true;          ///< and when they are full again
  bool retry_after = true;     ///< whether refusals say how long to wait
  bool refused_count = false;  ///< refused requests use up the limit too
  double change_at = 0;        ///< seconds since the start; 0: the limits stay
  double change_factor = 1;
};

/// Refuses what is above its limits.
std::unique_ptr<Provider> limited_provider(std::vector<Limit> limits, const ProviderOptions& options);

/// Refuses nothing: so many calls are worked on at once, the others wait in one line. What is "used" is slot-seconds.
std::unique_ptr<Provider> queueing_provider(std::size_t slots);

struct Outage {
  double from = 0;   ///< seconds since the start
  double until = 0;  ///< the same as `from`: none
  pace::Result result = pace::Result::overloaded;
  double share = 1;  ///< of the requests that fail then, at random

  bool covers(time_point when) const { return seconds(when) >= from && seconds(when) < until; }
  /// Whether nothing comes through.
  bool stops(time_point when) const { return share >= 1 && covers(when); }
};

/// Another provider that fails for a while, in which its limits fill up.
std::unique_ptr<Provider> failing_provider(std::unique_ptr<Provider> inner, const Outage& outage);

}  // namespace headway::pacing
