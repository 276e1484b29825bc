#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <headway/ending.hpp>
#include <headway/stage_times.hpp>
#include <headway/usage.hpp>

namespace headway {

namespace detail {
inline const std::string no_text;
}

/// One of the answers to one prompt (there are several only if the request asked for `n` of them).
struct Choice {
  Choice() {}

  std::string text;  ///< the content, else the refusal; empty for an answer that is only tool calls: see Response::raw
  std::string finish_reason;        ///< the provider's word for it, e.g. "stop", "length"; empty if it did not say
  Ending ending = Ending::stop;     ///< what that means
  bool has_more_than_text = false;  ///< tool calls, audio, an embedding: see Response::raw
};

/// A whole answer. Owns all it shows.
struct Response {
  Response() {}

  std::vector<Choice> choices;  ///< in the order of the provider's `index`; empty only where there is no answer
  Usage usage;
  std::string model;         ///< the model that answered, as the provider names it
  std::string service_tier;  ///< what served and bills it, e.g. "default" or "flex"; empty if the provider has no tiers
  std::string request_id;    ///< the provider's `x-request-id`; empty if none came
  std::string raw;           ///< the body's bytes as they came
  std::string translated;    ///< the same in OpenAI's words, from a provider that has others; else empty
  /// US dollars, of this answer alone: the provider's own sum where it tells one. Unset: the model has no price.
  std::optional<double> cost;
  int attempts = 0;  ///< requests sent for this answer, at least 1
  StageTimes times;

  /// The first choice's; empty where there is none, as in the Response that `async_generate` hands over with an error.
  const std::string& text() const { return choices.empty() ? detail::no_text : choices.front().text; }
  const std::string& finish_reason() const { return choices.empty() ? detail::no_text : choices.front().finish_reason; }

  /// As OpenAI's chat completions say it, whoever answered.
  const std::string& openai_form() const { return translated.empty() ? raw : translated; }
};

/// What a path answered to Client::async_request.
struct RawResponse {
  RawResponse() {}

  int status = 0;          ///< 200 to 299: all else is an Error
  std::string body;        ///< its bytes as they came
  std::string translated;  ///< of a chat: as Response::translated
  std::string content_type;
  std::string request_id;
  /// As in Response, of what chats, completions, responses and embeddings answer in JSON; else empty.
  std::vector<Choice> choices;
  Usage usage;                 ///< as in Response, of an answer in JSON that tells it
  std::string service_tier;    ///< as in Response
  std::optional<double> cost;  ///< as in Response; of an answer without usage: by an estimate
  int attempts = 0;
  StageTimes times;

  /// As OpenAI's chat completions say it, whoever answered.
  const std::string& openai_form() const { return translated.empty() ? body : translated; }
};

}  // namespace headway
