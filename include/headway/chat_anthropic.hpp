#pragma once

#include <headway/language_model.hpp>
#include <headway/message.hpp>

namespace headway {

/// Anthropic's models, POST /v1/messages, asked and answering as ChatOpenAI's: what is set goes out in Anthropic's words, and
/// `Response` has the same members. What Anthropic cannot be asked for ("seed", "logprobs" ... in `extra_body`) is an error of
/// kind `configuration` before anything is sent; fields of Anthropic's own ("thinking", "top_k") go out as they are.
///
///     headway::ChatAnthropicOptions options;
///     options.model = "claude-haiku-4-5";
///     headway::ChatAnthropic llm(options);
///     std::string text = llm.invoke("Hello how are you?");
///
/// Without `max_tokens`, which Anthropic wants, an answer has 4,096 tokens at the most. `Response::raw` is Anthropic's body,
/// `Response::openai_form()` the same as a chat completion. See LanguageModel for all it can do.
class ChatAnthropic : public LanguageModel<ChatPrompt> {
 public:
  /// A model on the default client. Inside headway::run its asynchronous calls use that loop's own client.
  /// Throws Error (`configuration`): no model in `options` or HEADWAY_MODEL, a base URL that is none, or no key (see
  /// ANTHROPIC_API_KEY) for a host that is not loopback.
  explicit ChatAnthropic(ChatAnthropicOptions options = ChatAnthropicOptions());
  /// A model on this client: its loop and connections. The endpoint is that of `options`, or the client's if that is
  /// Anthropic's.
  ChatAnthropic(ChatAnthropicOptions options, Client client);
};

}  // namespace headway
