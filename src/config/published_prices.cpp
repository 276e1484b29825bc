#include "config/published_prices.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "config/price_table.hpp"
#include "config/published_prices_table.hpp"

namespace headway::config {
namespace {

struct ProviderHost {
  std::string_view host;
  std::string_view provider;
};

constexpr ProviderHost provider_hosts[] = {
    {"api.openai.com", "openai"},
    {"api.anthropic.com", "anthropic"},
    {"generativelanguage.googleapis.com", "gemini"},
    {"api.mistral.ai", "mistral"},
    {"api.groq.com", "groq"},
    {"api.deepseek.com", "deepseek"},
    {"api.x.ai", "xai"},
    {"api.together.xyz", "together_ai"},
    {"api.together.ai", "together_ai"},
    {"api.cohere.com", "cohere"},
    {"api.cohere.ai", "cohere"},
    {"api.voyageai.com", "voyage"},
    {"api.cerebras.ai", "cerebras"},
    {"api.moonshot.ai", "moonshot"},
};

/// What prices call a model: one that was tuned by its base, "ft:gpt-4o-2024-08-06:me::1", and Google's without "models/".
std::string_view priced_name(std::string_view model) {
  constexpr std::string_view tuned = "ft:", in_google = "models/";
  if (model.starts_with(tuned)) return model.substr(0, model.find(':', tuned.size()));
  if (model.starts_with(in_google)) model.remove_prefix(in_google.size());
  return model;
}

}  // namespace

std::optional<Prices> published_prices(std::string_view name) {
  const auto entries = published_entries();
  const auto found = std::ranges::lower_bound(entries, name, {}, &PublishedEntry::name);
  if (found == entries.end() || found->name != name) return std::nullopt;
  auto prices = prices_in_entry(found->prices);
  if (prices) prices->source = fmt::format("published prices of {}", published_on());
  return prices;
}

std::optional<Prices> published_prices_at(std::string_view host, std::string_view model) {
  const auto found = std::ranges::find(provider_hosts, host, &ProviderHost::host);
  if (found == std::end(provider_hosts)) return std::nullopt;
  return published_prices(fmt::format("{}/{}", found->provider, priced_name(model)));
}

}  // namespace headway::config
