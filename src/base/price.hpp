#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <headway/response.hpp>

#include "base/money.hpp"

namespace headway {

/// What one token costs.
struct Price {
  Money in;         ///< of the prompt
  Money cached_in;  ///< of the part of the prompt that was in the provider's cache
  Money out;        ///< of the answer
  Money reasoning;  ///< of the part of the answer that is reasoning
};

/// A model's prices, by service tier.
struct Prices {
  Prices() {}

  Price standard;
  std::optional<Price> flex;
  std::optional<Price> priority;
  /// Where they stand, for people: "the configuration", or a file's name and date.
  std::string source;

  /// That of a tier as answers name it; one without a price of its own costs the standard one.
  const Price& of(std::string_view service_tier) const {
    if (service_tier == "flex" && flex) return *flex;
    if (service_tier == "priority" && priority) return *priority;
    return standard;
  }
};

/// `usage` without what cannot be: negative counts are none, and a part is no larger than its whole.
Usage sensible(const Usage& usage) noexcept;

/// `usage` must be sensible.
Money cost_of(const Usage& usage, const Price& price) noexcept;

}  // namespace headway
