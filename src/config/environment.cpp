#include "config/environment.hpp"

#include <cstdlib>
#include <initializer_list>
#include <utility>

#include "config/provider.hpp"

namespace headway::config {
namespace {

std::string first_set(std::initializer_list<const char*> names) {
  for (const auto* name : names) {
    if (auto value = environment(name); !value.empty()) return value;
  }
  return {};
}

void fill(std::string& field, std::initializer_list<const char*> names) {
  if (field.empty()) field = first_set(names);
}

}  // namespace

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

EndpointOptions with_environment(EndpointOptions options) {
  const auto& provider = provider_of(options.provider);
  fill(options.base_url, {provider.base_url_variable});
  if (options.api_key_command.empty()) {
    fill(options.api_key, {provider.key_variable});
    if (provider.other_key_variable) fill(options.api_key, {provider.other_key_variable});
  }
  if (provider.name == "openai") {
    fill(options.base_url, {"OPENAI_API_BASE"});
    fill(options.organization, {"OPENAI_ORG_ID"});
    fill(options.project, {"OPENAI_PROJECT_ID"});
  }
  if (provider.name == "azure" && options.api_key.empty() && options.api_key_command.empty()) {
    const auto token = environment("AZURE_OPENAI_AD_TOKEN");
    if (!token.empty()) options.default_headers.emplace("Authorization", "Bearer " + token);
  }
  if (options.base_url.empty()) options.base_url = provider.base_url;
  return options;
}

RouteOptions with_environment(RouteOptions options) {
  if (options.base_url.empty() && options.api_key.empty() && options.api_key_command.empty()) {
    auto& endpoint = static_cast<EndpointOptions&>(options);
    endpoint = with_environment(std::move(endpoint));
  } else if (options.base_url.empty()) {
    options.base_url = provider_of(options.provider).base_url;
  }
  return options;
}

std::string model_or_environment(std::string model, std::string fallback) {
  fill(model, {"HEADWAY_MODEL"});
  return model.empty() ? std::move(fallback) : model;
}

ProxySettings proxy_from_environment() {
  ProxySettings settings;
  for (const auto* name : {"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"}) {
    settings.proxy = environment(name);
    settings.variable = name;
    if (!settings.proxy.empty()) break;
  }
  settings.no_proxy = first_set({"NO_PROXY", "no_proxy"});
  return settings;
}

}  // namespace headway::config
