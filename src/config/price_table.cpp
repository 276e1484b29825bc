#include "config/price_table.hpp"

#include <charconv>
#include <chrono>
#include <iterator>
#include <map>
#include <string>
#include <system_error>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <simdjson.h>

#include <headway/error.hpp>

#include "base/text_file.hpp"
#include "config/check_options.hpp"
#include "config/environment.hpp"
#include "config/provider.hpp"
#include "config/published_prices.hpp"

namespace headway::config {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr double million = 1e6;

Error error_of(const std::filesystem::path& file, std::string_view fault) {
  return Error(ErrorKind::configuration, fmt::format("the price file {} {}", file.string(), fault));
}

/// What an entry says of one tier and length of prompt, in dollars per token.
struct Costs {
  std::optional<double> in, out, cached_in, reasoning, write, write_1h;

  /// The field that is called `name`, if any.
  std::optional<double>* field(std::string_view name) {
    if (name == "input_cost_per_token") return &in;
    if (name == "output_cost_per_token") return &out;
    if (name == "cache_read_input_token_cost") return &cached_in;
    if (name == "output_cost_per_reasoning_token") return &reasoning;
    if (name == "cache_creation_input_token_cost") return &write;
    if (name == "cache_creation_input_token_cost_above_1hr") return &write_1h;
    return nullptr;
  }

  Costs or_else(const Costs& other) const {
    Costs both = *this;
    for (auto cost : {&Costs::in, &Costs::out, &Costs::cached_in, &Costs::reasoning, &Costs::write, &Costs::write_1h}) {
      if (!(both.*cost)) both.*cost = other.*cost;
    }
    return both;
  }

  std::optional<Price> price() const {
    if (!in || !out) return std::nullopt;
    Price price;
    price.in = Money::of_dollars(*in);
    price.out = Money::of_dollars(*out);
    price.cached_in = Money::of_dollars(cached_in.value_or(*in));
    price.reasoning = Money::of_dollars(reasoning.value_or(*out));
    if (write) price.cache_write = Money::of_dollars(*write);
    if (write_1h) price.cache_write_1h = Money::of_dollars(*write_1h);
    return price;
  }
};

/// An entry of the table.
class Entry {
 public:
  explicit Entry(const std::filesystem::path& file) : file_(file) {}

  void read(std::string_view name, ondemand::value value) {
    std::string_view mode;
    if (name == "mode" && !value.get_string().get(mode)) is_embedding_ = mode == "embedding";
    const auto full_name = name;
    auto& tier = tier_of(name);
    auto& costs = tier[above(name)];
    auto* cost = costs.field(name);
    if (!cost || value.is_null()) return;
    *cost = value.get_double();
    if (const auto fault = fault_of(**cost * million, price_range); !fault.empty()) {
      throw error_of(file_, fmt::format("is wrong: {}, for a million tokens,{}", full_name, fault));
    }
  }

  std::optional<Prices> prices() const {
    auto plain = standard_;
    if (is_embedding_ && !plain[0].out) plain[0].out = 0;  // it answers with no token
    const auto standard = prices_of(plain);
    if (!standard) return std::nullopt;
    Prices prices;
    prices.standard = *standard;
    for (const auto& [name, tier] : tiers_) {
      if (auto its = prices_of(tier)) prices.tiers.emplace(name, *std::move(its));
    }
    return prices;
  }

 private:
  /// By the tokens of the prompt above which they hold.
  using Tier = std::map<std::int64_t, Costs>;

  /// What is not said of long prompts costs what it costs in others.
  static std::optional<TierPrices> prices_of(const Tier& tier) {
    const auto plain = tier.find(0);
    if (plain == tier.end() || !plain->second.price()) return std::nullopt;
    TierPrices prices(*plain->second.price());
    for (auto step = std::next(plain); step != tier.end(); ++step) {
      if (const auto price = step->second.or_else(plain->second).price(); price && step->second.in) {
        prices.long_prompts.push_back({step->first, *price});
      }
    }
    return prices;
  }

  /// Takes a suffix like "_above_200k_tokens" from `name`, and gives its number of tokens; 0: there is none.
  static std::int64_t above(std::string_view& name) {
    constexpr std::string_view before = "_above_", behind = "k_tokens";
    const auto place = name.rfind(before);  // "_above_1hr" may stand before it
    if (place == std::string_view::npos || !name.ends_with(behind)) return 0;
    const auto digits = name.substr(place + before.size(), name.size() - place - before.size() - behind.size());
    std::int64_t thousands = 0;
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), thousands);
    constexpr std::int64_t most = 1'000'000;
    if (fault != std::errc() || end != digits.data() + digits.size() || thousands <= 0 || thousands > most) return 0;
    name = name.substr(0, place);
    return thousands * 1000;
  }

  /// Takes the tier's suffix from `name`.
  Tier& tier_of(std::string_view& name) {
    constexpr std::pair<std::string_view, const char*> suffixes[] = {
        {"_flex", "flex"}, {"_priority", "priority"}, {"_batches", "batch"}, {"_ultrafast", "ultrafast"}};
    for (const auto& [suffix, tier] : suffixes) {
      if (!name.ends_with(suffix)) continue;
      name.remove_suffix(suffix.size());
      return tiers_[tier];
    }
    return standard_;
  }

  const std::filesystem::path& file_;
  Tier standard_;
  std::map<std::string, Tier> tiers_;
  bool is_embedding_ = false;
};

std::optional<Prices> read_entry(ondemand::object fields, const std::filesystem::path& file) {
  Entry entry(file);
  for (auto field : fields) entry.read(field.unescaped_key(), field.value());
  return entry.prices();
}

std::optional<Prices> find(const simdjson::padded_string& json, std::string_view name,
                           const std::filesystem::path& file) {
  ondemand::parser parser;
  auto document = parser.iterate(json);
  for (auto model : document.get_object()) {
    if (std::string_view(model.unescaped_key()) != name) continue;
    return read_entry(model.value().get_object(), file);
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
  if (options.in) {
    price.in = price.cached_in = Money::of_dollars(*options.in / million);
    price.cache_write = price.cache_write_1h = std::nullopt;
  }
  if (options.out) price.out = price.reasoning = Money::of_dollars(*options.out / million);
  return result;
}

}  // namespace

std::optional<Prices> prices_in_file(const std::filesystem::path& file, std::string_view name) try {
  const simdjson::padded_string json(read_text_file(file, "the price file"));
  auto prices = find(json, name, file);
  if (prices) prices->source = fmt::format("{} of {}", file.filename().string(), day_of(file));
  return prices;
} catch (const simdjson::simdjson_error&) {
  throw error_of(file, fmt::format("is no JSON object of models with prices (looking for '{}')", name));
}

std::optional<Prices> prices_in_entry(std::string_view json) {
  const simdjson::padded_string padded(json);
  ondemand::parser parser;
  auto document = parser.iterate(padded);
  return read_entry(document.get_object(), "that comes with headway");
}

std::optional<Prices> prices_of(const PriceOptions& options, std::string_view host, std::string_view model) {
  check(options);
  const auto& name = options.name_in_file;
  std::optional<Prices> prices;
  if (!options.file.empty()) prices = prices_in_file(options.file, name.empty() ? model : name);
  if (!prices && name.empty() && !(options.in && options.out)) prices = published_prices_at(host, model);
  if (!name.empty() && options.file.empty()) prices = published_prices(name);
  if (options.in || options.out) prices = replaced(std::move(prices), options);
  if (prices && options.cached_in) prices->standard.cached_in = Money::of_dollars(*options.cached_in / million);
  return prices;
}

std::optional<Prices> prices_of(const RouteOptions& route, std::string_view model) {
  const auto host = host_of(with_environment(route).base_url);
  return prices_of(route.prices, host, route.model.empty() ? model : route.model);
}

std::optional<Prices> prices_of(const EndpointOptions& endpoint, std::string_view model) {
  return prices_of(endpoint.prices, host_of(with_environment(endpoint).base_url), model);
}

}  // namespace headway::config
