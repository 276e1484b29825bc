#pragma once

#include <string>

#include <headway/language_model.hpp>
#include <headway/message.hpp>

namespace headway {

/// AzureChatOpenAI's. `base_url` is the resource's: "https://NAME.openai.azure.com", else AZURE_OPENAI_ENDPOINT. The key is
/// AZURE_OPENAI_API_KEY; an `api_key_command` that prints a token of Entra's takes its place.
struct AzureChatOpenAIOptions : LanguageModelOptions {
  AzureChatOpenAIOptions() { provider = "azure"; }

  /// The deployment that is asked, by Azure's older API, where the path says it. Empty: by the newer API, whose `model` is the
  /// deployment's name.
  std::string azure_deployment;
  /// Of the older API, which needs one: "2024-10-21". Empty: OPENAI_API_VERSION.
  std::string api_version;
};

/// OpenAI's models at Azure, asked and answering as ChatOpenAI's.
///
///     headway::AzureChatOpenAIOptions options;  // AZURE_OPENAI_ENDPOINT, AZURE_OPENAI_API_KEY
///     options.model = "my-deployment";
///     headway::AzureChatOpenAI llm(options);
///     std::string text = llm.invoke("Hello how are you?");
///
/// See LanguageModel for all it can do.
class AzureChatOpenAI : public LanguageModel<ChatPrompt> {
 public:
  /// A model on the default client. Inside headway::run its asynchronous calls use that loop's own client.
  /// Throws Error (`configuration`): no model or deployment, no address, no key for a host that is not loopback, a deployment
  /// without an API version.
  explicit AzureChatOpenAI(AzureChatOpenAIOptions options = AzureChatOpenAIOptions());
  /// A model on this client: its loop and connections. The endpoint is that of `options`, or the client's if that is Azure's.
  AzureChatOpenAI(AzureChatOpenAIOptions options, Client client);
};

}  // namespace headway
