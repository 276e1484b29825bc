#include "config/provider.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <headway/error.hpp>

#include "base/ascii.hpp"

namespace headway::config {
namespace {

constexpr Provider providers[] = {
    {"openai", "", "https://api.openai.com/v1", "OPENAI_BASE_URL", "OPENAI_API_KEY", nullptr, "ChatOpenAI"},
    {"anthropic", "", "https://api.anthropic.com", "ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", nullptr, "ChatAnthropic"},
    {"gemini", "google_genai", "https://generativelanguage.googleapis.com", "GOOGLE_GEMINI_BASE_URL", "GEMINI_API_KEY",
     "GOOGLE_API_KEY", "ChatGoogleGenerativeAI"},
    {"azure", "azure_openai", "", "AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_API_KEY", nullptr, "AzureChatOpenAI",
     "api-key"},
};

}  // namespace

const Provider& provider_of(std::string_view name) {
  if (name.empty()) return providers[0];
  const auto found =
      std::ranges::find_if(providers, [name](const Provider& each) { return name == each.name || name == each.alias; });
  if (found == std::end(providers)) {
    throw Error(
        ErrorKind::configuration,
        fmt::format(
            "'{}' is no provider that headway knows: openai (and what speaks like it), azure, anthropic or gemini",
            name));
  }
  return *found;
}

std::string_view take_provider(std::string_view& model) {
  for (const auto& provider : providers) {
    for (const auto name : {provider.name, provider.alias}) {
      if (name.empty() || !model.starts_with(name) || model.size() <= name.size() + 1 || model[name.size()] != ':')
        continue;
      model.remove_prefix(name.size() + 1);
      return provider.name;
    }
  }
  return {};
}

std::string host_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  auto host = url.substr(scheme + 3);
  host = host.substr(0, host.find_first_of("/?#"));
  const bool bracketed = host.starts_with('[');
  if (bracketed) host.remove_prefix(1);
  return lowered(host.substr(0, bracketed ? host.find(']') : host.find(':')));
}

}  // namespace headway::config
