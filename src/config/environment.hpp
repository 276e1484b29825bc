#pragma once

#include <string>

#include <headway/options.hpp>

namespace headway::config {

/// The variable's value; empty if it is not set.
std::string environment(const char* name);

/// Fills the empty fields from OPENAI_BASE_URL (or the older OPENAI_API_BASE), OPENAI_API_KEY, OPENAI_ORG_ID and
/// OPENAI_PROJECT_ID; what is still empty for the base URL becomes OpenAI's own. For another provider from that one's
/// variables. Throws Error (`configuration`) for a provider that is none.
EndpointOptions with_environment(EndpointOptions options);
/// The same for one of several endpoints, if both its base URL and its key are empty. Else its key is its own and stays as
/// it is, and an empty base URL is OpenAI's: the environment's key is for another host.
RouteOptions with_environment(RouteOptions options);

/// `model`, or HEADWAY_MODEL, or `fallback`: the first that is not empty.
std::string model_or_environment(std::string model, std::string fallback);

struct ProxySettings {
  ProxySettings() {}

  std::string proxy;     ///< HTTPS_PROXY, else https_proxy, else ALL_PROXY, else all_proxy
  std::string variable;  ///< which of them it is
  std::string no_proxy;  ///< NO_PROXY, else no_proxy
};

ProxySettings proxy_from_environment();

}  // namespace headway::config
