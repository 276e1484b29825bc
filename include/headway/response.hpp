#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <headway/stage_times.hpp>

namespace headway {

/// Tokens as the provider counted them; all zero if it did not say.
struct Usage {
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  std::int64_t total_tokens = 0;
  std::int64_t cached_tokens = 0;     ///< of prompt_tokens: those the provider had in its cache, mostly cheaper
  std::int64_t reasoning_tokens = 0;  ///< of completion_tokens: those the model thought with and did not show

  constexpr Usage& operator+=(const Usage& other) {
    prompt_tokens += other.prompt_tokens;
    completion_tokens += other.completion_tokens;
    total_tokens += other.total_tokens;
    cached_tokens += other.cached_tokens;
    reasoning_tokens += other.reasoning_tokens;
    return *this;
  }
};

/// One of the answers to one prompt (there are several only if the request asked for `n` of them).
struct Choice {
  Choice() {}

  std::string text;           ///< empty for an answer that is only tool calls: see Response::raw
  std::string finish_reason;  ///< "stop", "length", "content_filter", "tool_calls"; empty if the server did not say
};

/// A whole answer. Owns all it shows.
struct Response {
  Response() {}

  std::vector<Choice> choices;  ///< in the order of the provider's `index`; never empty
  Usage usage;
  std::string model;         ///< the model that answered, as the provider names it
  std::string service_tier;  ///< what served and bills it, e.g. "default" or "flex"; empty if the provider has no tiers
  std::string request_id;    ///< the provider's `x-request-id`; empty if none came
  std::string raw;           ///< the body's bytes as they came
  std::optional<double> cost;  ///< US dollars, of this answer alone; unset: the model has no price
  int attempts = 0;            ///< requests sent for this answer, at least 1
  StageTimes times;

  /// The first choice's.
  const std::string& text() const { return choices.front().text; }
  const std::string& finish_reason() const { return choices.front().finish_reason; }
};

/// What a path answered to Client::async_request.
struct RawResponse {
  RawResponse() {}

  int status = 0;  ///< 200 to 299: all else is an Error
  std::string body;
  std::string content_type;
  std::string request_id;
  Usage usage;                 ///< as in Response, of an answer in JSON that tells it
  std::string service_tier;    ///< as in Response
  std::optional<double> cost;  ///< as in Response; of an answer without usage: by an estimate
  int attempts = 0;
  StageTimes times;
};

}  // namespace headway
