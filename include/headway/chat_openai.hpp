#pragma once

#include <headway/language_model.hpp>
#include <headway/message.hpp>

namespace headway {

/// Chat completion, POST /v1/chat/completions. The prompt is a text or a list of messages.
///
///     headway::ChatOpenAIOptions options;
///     options.model = "gpt-5-mini";
///     headway::ChatOpenAI llm(options);
///     std::string text = llm.invoke("Hello how are you?");
///
/// See LanguageModel for all it can do.
class ChatOpenAI : public LanguageModel<ChatPrompt> {
 public:
  /// A model on the default client. Inside headway::run its asynchronous calls use that loop's own client.
  /// Throws Error (`configuration`): no model in `options` or HEADWAY_MODEL, a base URL that is none, or no key for a
  /// host that is not loopback.
  explicit ChatOpenAI(ChatOpenAIOptions options = ChatOpenAIOptions());
  /// A model on this client: its loop and connections. The endpoint is that of `options`.
  ChatOpenAI(ChatOpenAIOptions options, Client client);
  /// The same with default options, and so the client's endpoint. HEADWAY_MODEL must be set.
  explicit ChatOpenAI(Client client);
};

}  // namespace headway
