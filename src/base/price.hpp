#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <headway/response.hpp>

#include "base/money.hpp"

namespace headway {

/// What one token costs.
struct Price {
  Money in;         ///< of the prompt
  Money cached_in;  ///< of the part of the prompt that was in the provider's cache
  Money out;        ///< of the answer
  Money reasoning;  ///< of the part of the answer that is reasoning
  /// Of the part of the prompt that is put into the provider's cache, for minutes and for an hour. None: 1.25 and 2 times
  /// `in`, as at Anthropic and OpenAI.
  std::optional<Money> cache_write, cache_write_1h;

  Money write() const { return cache_write ? *cache_write : Money::of_picodollars(in.picodollars() / 4) + in; }
  Money write_1h() const { return cache_write_1h ? *cache_write_1h : in * 2; }

  bool operator==(const Price&) const = default;
};

/// What tokens cost where the prompt is long: those of the answer too.
struct LongPromptPrice {
  std::int64_t above = 0;  ///< tokens of the prompt
  Price price;

  bool operator==(const LongPromptPrice&) const = default;
};

/// The prices of one service tier.
struct TierPrices : Price {
  TierPrices() {}
  explicit TierPrices(const Price& price) : Price(price) {}

  std::vector<LongPromptPrice> long_prompts;  ///< by `above`, ascending; few models have any

  bool operator==(const TierPrices&) const = default;

  const Price& of(std::int64_t prompt_tokens) const {
    const Price* price = this;
    for (const auto& step : long_prompts) {
      if (prompt_tokens > step.above) price = &step.price;
    }
    return *price;
  }
};

/// A model's prices, by service tier.
struct Prices {
  Prices() {}

  TierPrices standard;
  std::map<std::string, TierPrices, std::less<>> tiers;  ///< the others: "flex", "priority", "batch"
  /// Where they stand, for people: "the configuration", or a file's name and date.
  std::string source;

  bool operator==(const Prices&) const = default;

  /// That of a tier as answers name it; one without a price of its own costs the standard one.
  const Price& of(std::string_view service_tier, std::int64_t prompt_tokens) const {
    const auto tier = tiers.find(service_tier);
    return (tier == tiers.end() ? standard : tier->second).of(prompt_tokens);
  }
};

/// `usage` without what cannot be: negative counts are none, and a part is no larger than its whole.
Usage sensible(const Usage& usage) noexcept;

/// `usage` must be sensible.
Money cost_of(const Usage& usage, const Price& price) noexcept;

}  // namespace headway
