#include <headway/azure_chat_openai.hpp>

#include <memory>
#include <optional>
#include <utility>

#include <headway/error.hpp>

#include "call/model_state.hpp"
#include "config/environment.hpp"

namespace headway {
namespace {

std::string escaped_query(std::string_view text) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    const auto byte = static_cast<unsigned char>(c);
    if (plain)
      out += c;
    else
      out.append({'%', hex[byte >> 4], hex[byte & 15]});
  }
  return out;
}

/// The deployment's own address, of which headway knows what it is.
std::shared_ptr<const detail::ModelState> azure_state(AzureChatOpenAIOptions options, std::optional<Client> client) {
  if (!options.azure_deployment.empty()) {
    if (options.api_version.empty()) options.api_version = config::environment("OPENAI_API_VERSION");
    if (options.api_version.empty())
      throw Error(ErrorKind::configuration, "a deployment of Azure's needs an api_version, or OPENAI_API_VERSION");
    if (options.base_url.empty()) options.base_url = config::environment("AZURE_OPENAI_ENDPOINT");
    if (options.base_url.empty())
      throw Error(ErrorKind::configuration, "AZURE_OPENAI_ENDPOINT is not set, and no base_url");
    if (options.azure_deployment.find_first_of("/?#%") != std::string::npos)
      throw Error(ErrorKind::configuration, "the name of a deployment of Azure's holds none of /?#%");
    while (options.base_url.ends_with('/')) options.base_url.pop_back();
    options.base_url +=
        "/openai/deployments/" + options.azure_deployment + "?api-version=" + escaped_query(options.api_version);
    options.model = options.azure_deployment;
  }
  return std::make_shared<detail::ModelState>(std::move(options), std::move(client), "", "/v1/chat/completions");
}

}  // namespace

AzureChatOpenAI::AzureChatOpenAI(AzureChatOpenAIOptions options)
    : LanguageModel(azure_state(std::move(options), std::nullopt)) {}

AzureChatOpenAI::AzureChatOpenAI(AzureChatOpenAIOptions options, Client client)
    : LanguageModel(azure_state(std::move(options), std::move(client))) {}

}  // namespace headway
