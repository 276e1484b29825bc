#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <headway/response.hpp>

namespace headway {

/// What the calls of one Client to one model at one endpoint have used, in one service tier. Only what has ended counts.
struct ModelSpend {
  ModelSpend() {}

  std::string endpoint;        ///< host and port
  std::string model;           ///< its name there; empty: requests that name none
  std::string service_tier;    ///< as answers name it; empty: they name none
  std::int64_t calls = 0;      ///< attempts that used something
  std::int64_t estimated = 0;  ///< of `calls`: those whose use nobody told, counted as their estimate
  Usage usage;                 ///< the sum; `cached_tokens` and `reasoning_tokens` are parts of it
  /// US dollars, the sum. Unset: the model has no price.
  std::optional<double> cost;
  std::string prices_from;  ///< where its prices stand, e.g. "prices.json of 2026-11-01"; empty: it has none
};

}  // namespace headway
