#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <headway/error.hpp>

namespace headway::wire {

/// What a provider said when it refused. The strings are single lines of valid UTF-8, empty if it was silent.
struct ProviderError {
  ProviderError() {}

  ErrorKind kind = ErrorKind::server;
  std::string message;  ///< its own words, at most 500 bytes; may repeat the prompt or the key
  std::string type;     ///< `error.type`; Gemini's `status`
  std::string code;     ///< `error.code`, a number as its digits
  std::string param;    ///< `error.param`: what it is about
  /// How long it says to wait, in a field (Gemini's RetryInfo.retryDelay, `retry_after`) or in its words ("try again in
  /// 20s"). Two minutes at the most: these are less sure than headers. None: it does not say, or 0.
  std::optional<std::chrono::milliseconds> wait;
};

/// Reads a refusal: HTTP status and body in any of the forms that providers and compatible servers use (JSON,
/// a web page, plain text, nothing). The kind follows from the status and the code; for a status of success
/// from the code alone, `server` if that says nothing. Never throws for what a server may send.
ProviderError decode_error(int status, std::string_view body);

/// All texts of a request's JSON body that its sender may not want to see in an error: every string but the
/// values of the top-level "model" and of any "role" and "type"; of a body that is no JSON, all of it.
/// Control characters are spaces, as they are in ProviderError::message.
std::vector<std::string> texts_of(std::string_view request_body);

}  // namespace headway::wire
