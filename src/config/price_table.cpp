#include "config/price_table.hpp"

#include <chrono>
#include <string>
#include <system_error>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <simdjson.h>

#include <headway/error.hpp>

#include "config/check_options.hpp"

namespace headway::config {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr double million = 1e6;

Error error_of(const std::filesystem::path& file, std::string_view fault) {
  return Error(ErrorKind::configuration, fmt::format("the price file {} {}", file.string(), fault));
}

/// What an entry says of one tier, in dollars per token.
struct Costs {
  std::optional<double> in, out, cached_in, reasoning;

  /// The field that is called `name`, if any.
  std::optional<double>* field(std::string_view name) {
    if (name == "input_cost_per_token") return &in;
    if (name == "output_cost_per_token") return &out;
    if (name == "cache_read_input_token_cost") return &cached_in;
    if (name == "output_cost_per_reasoning_token") return &reasoning;
    return nullptr;
  }

  std::optional<Price> price() const {
    if (!in || !out) return std::nullopt;
    Price price;
    price.in = Money::of_dollars(*in);
    price.out = Money::of_dollars(*out);
    price.cached_in = Money::of_dollars(cached_in.value_or(*in));
    price.reasoning = Money::of_dollars(reasoning.value_or(*out));
    return price;
  }
};

/// An entry of the table.
class Entry {
 public:
  explicit Entry(const std::filesystem::path& file) : file_(file) {}

  void read(std::string_view name, ondemand::value value) {
    auto& tier = tier_of(name);
    auto* cost = tier.field(name);
    if (!cost || value.is_null()) return;
    *cost = value.get_double();
    if (const auto fault = fault_of(**cost * million, price_range); !fault.empty()) {
      throw error_of(file_, fmt::format("is wrong: {}, for a million tokens,{}", name, fault));
    }
  }

  std::optional<Prices> prices() const {
    const auto standard = standard_.price();
    if (!standard) return std::nullopt;
    Prices prices;
    prices.standard = *standard;
    prices.flex = flex_.price();
    prices.priority = priority_.price();
    return prices;
  }

 private:
  /// Takes the tier's suffix from `name`.
  Costs& tier_of(std::string_view& name) {
    for (auto [suffix, tier] : {std::pair{std::string_view("_flex"), &flex_}, {"_priority", &priority_}}) {
      if (!name.ends_with(suffix)) continue;
      name.remove_suffix(suffix.size());
      return *tier;
    }
    return standard_;
  }

  const std::filesystem::path& file_;
  Costs standard_, flex_, priority_;
};

std::optional<Prices> find(const simdjson::padded_string& json, std::string_view name,
                           const std::filesystem::path& file) {
  ondemand::parser parser;
  auto document = parser.iterate(json);
  for (auto model : document.get_object()) {
    if (std::string_view(model.unescaped_key()) != name) continue;
    Entry entry(file);
    for (auto field : model.value().get_object()) entry.read(field.unescaped_key(), field.value());
    return entry.prices();
  }
  return std::nullopt;
}

std::string day_of(const std::filesystem::path& file) {
  std::error_code unknown;
  const auto written = std::filesystem::last_write_time(file, unknown);
  if (unknown) return "an unknown day";
  const auto time = std::chrono::file_clock::to_sys(written);
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::chrono::system_clock::to_time_t(
                                        std::chrono::time_point_cast<std::chrono::system_clock::duration>(time))));
}

// The prices of the tiers belong to those that are replaced, and go with them.
std::optional<Prices> replaced(std::optional<Prices> prices, const PriceOptions& options) {
  if (!prices && !(options.in && options.out)) return std::nullopt;
  Prices result;
  if (prices) result.standard = prices->standard;
  result.source = prices ? "the configuration and " + prices->source : "the configuration";
  auto& price = result.standard;
  if (options.in) price.in = price.cached_in = Money::of_dollars(*options.in / million);
  if (options.out) price.out = price.reasoning = Money::of_dollars(*options.out / million);
  return result;
}

}  // namespace

std::optional<Prices> prices_in_file(const std::filesystem::path& file, std::string_view name) try {
  simdjson::padded_string json;
  if (simdjson::padded_string::load(file.string()).get(json)) throw error_of(file, "cannot be read");
  auto prices = find(json, name, file);
  if (prices) prices->source = fmt::format("{} of {}", file.filename().string(), day_of(file));
  return prices;
} catch (const simdjson::simdjson_error&) {
  throw error_of(file, fmt::format("is no JSON object of models with prices (looking for '{}')", name));
}

std::optional<Prices> prices_of(const PriceOptions& options, std::string_view model) {
  check(options);
  std::optional<Prices> prices;
  if (!options.file.empty()) {
    prices = prices_in_file(options.file, options.name_in_file.empty() ? model : options.name_in_file);
  }
  if (options.in || options.out) prices = replaced(std::move(prices), options);
  if (prices && options.cached_in) prices->standard.cached_in = Money::of_dollars(*options.cached_in / million);
  return prices;
}

}  // namespace headway::config
