#include "config/provider.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <headway/error.hpp>

namespace headway::config {
namespace {

constexpr Provider providers[] = {
    {"openai", "https://api.openai.com/v1", "OPENAI_BASE_URL", "OPENAI_API_KEY"},
    {"anthropic", "https://api.anthropic.com", "ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY"},
};

}  // namespace

const Provider& provider_of(std::string_view name) {
  if (name.empty()) return providers[0];
  const auto found = std::ranges::find(providers, name, &Provider::name);
  if (found == std::end(providers)) {
    throw Error(
        ErrorKind::configuration,
        fmt::format("'{}' is no provider that headway knows: openai (and what speaks like it) or anthropic", name));
  }
  return *found;
}

std::string_view take_provider(std::string_view& model) {
  for (const auto& provider : providers) {
    const auto& name = provider.name;
    if (!model.starts_with(name) || model.size() <= name.size() + 1 || model[name.size()] != ':') continue;
    model.remove_prefix(name.size() + 1);
    return name;
  }
  return {};
}

}  // namespace headway::config
