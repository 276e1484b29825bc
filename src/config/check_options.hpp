#pragma once

#include <string>

#include <headway/options.hpp>

namespace headway::config {

/// Which numbers make sense.
struct Range {
  double least;
  double most;
  bool least_included = true;
};

inline constexpr Range limit_range{0, 1e12};  ///< requests or tokens in a window; 0: not known
inline constexpr Range share_range{0, 1, false};
inline constexpr Range price_range{0, 1e5};  ///< dollars per million tokens; the dearest model asks 600
inline constexpr Range weight_range{0, 1e6, false};
inline constexpr Range cost_cap_range{0, 1e6};     ///< dollars; 0: no cap
inline constexpr Range token_cap_range{0, 1e15};   ///< 0: no cap
inline constexpr Range concurrency_range{0, 1e7};  ///< calls; 0: it finds itself

/// What is wrong with a value, to be said after its name: " is -3; it must be from 0 to 1". Empty: nothing.
std::string fault_of(double value, const Range& range);

/// Throw Error (`configuration`) for a limit, share, weight, price or cap that makes no sense; the message names it.
void check(const PriceOptions& prices);
void check(const EndpointOptions& options);
void check(const RouteOptions& options);
/// These, and endpoints besides the client's or the model's own.
void check(const ClientOptions& options);
void check(const LanguageModelOptions& options);

}  // namespace headway::config
