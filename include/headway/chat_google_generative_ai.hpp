#pragma once

#include <headway/language_model.hpp>
#include <headway/message.hpp>

namespace headway {

/// Google's Gemini models, POST /v1beta/models/MODEL:generateContent, asked and answering as ChatOpenAI's: what is set goes out
/// in Gemini's words, and `Response` has the same members. What Gemini cannot be asked for ("logit_bias", "user" ... in
/// `extra_body`) is an error of kind `configuration` before anything is sent; fields of Gemini's own ("safetySettings",
/// "generationConfig") go out as they are.
///
///     headway::ChatGoogleGenerativeAIOptions options;
///     options.model = "gemini-2.5-flash";
///     headway::ChatGoogleGenerativeAI llm(options);
///     std::string text = llm.invoke("Hello how are you?");
///
/// `Response::raw` is Gemini's body, `Response::openai_form()` the same as a chat completion. See LanguageModel for all it can
/// do.
class ChatGoogleGenerativeAI : public LanguageModel<ChatPrompt> {
 public:
  /// A model on the default client. Inside headway::run its asynchronous calls use that loop's own client.
  /// Throws Error (`configuration`): no model in `options` or HEADWAY_MODEL, a base URL that is none, or no key (see
  /// GEMINI_API_KEY and GOOGLE_API_KEY) for a host that is not loopback.
  explicit ChatGoogleGenerativeAI(ChatGoogleGenerativeAIOptions options = ChatGoogleGenerativeAIOptions());
  /// A model on this client: its loop and connections. The endpoint is that of `options`, or the client's if that is
  /// Gemini's.
  ChatGoogleGenerativeAI(ChatGoogleGenerativeAIOptions options, Client client);
};

}  // namespace headway
