#pragma once

#include <string>

#include <headway/language_model.hpp>

namespace headway {

/// Text completion, POST /v1/completions: the article's `OpenAI`.
///
///     headway::OpenAI llm;  // OPENAI_API_KEY, OPENAI_BASE_URL, HEADWAY_MODEL
///     std::string text = llm.invoke("Hello how are you?");
///
/// See LanguageModel for all it can do.
class OpenAI : public LanguageModel<std::string> {
 public:
  /// A model on the default client. Inside headway::run its asynchronous calls use that loop's own client.
  /// Throws Error (`configuration`): a base URL that is none, or no key for a host that is not loopback.
  explicit OpenAI(OpenAIOptions options = OpenAIOptions());
  /// A model on this client: its loop and connections. The endpoint is that of `options`.
  OpenAI(OpenAIOptions options, Client client);
  /// The same with default options, and so the client's endpoint.
  explicit OpenAI(Client client);
};

}  // namespace headway
