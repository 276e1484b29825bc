#include "call/pacing.hpp"

#include "pace/retry.hpp"

namespace headway::call {

// 498 is Groq's, where its flex tier has no room; 529 and `overloaded_error` are Anthropic's; `server_is_overloaded` and
// `slow_down` OpenAI's.
bool is_overload(const ErrorInfo& info) {
  constexpr int no_flex_room = 498, unavailable = 503, site_is_overloaded = 529;
  const auto& code = info.provider_code;
  return info.status == no_flex_room || info.status == unavailable || info.status == site_is_overloaded ||
         code == "server_is_overloaded" || code == "slow_down" || info.provider_type == "overloaded_error";
}

pace::Result result_of(const ErrorInfo& info) {
  constexpr int too_many_requests = 429;
  if (info.status == too_many_requests && info.kind == ErrorKind::rate_limited) return pace::Result::refused;
  if (is_overload(info)) return pace::Result::overloaded;
  return info.kind == ErrorKind::server ? pace::Result::server_error : pace::Result::answered;
}

pace::Result result_of(ErrorKind kind) {
  if (pace::is_unreachable(kind)) return pace::Result::unreachable;
  switch (kind) {
    case ErrorKind::first_byte_timeout:
    case ErrorKind::idle_timeout:
    case ErrorKind::timeout:
      return pace::Result::timed_out;
    default:
      return pace::Result::server_error;
  }
}

pace::PaceOptions pace_options(const LimitOptions& limits, bool loopback) {
  pace::PaceOptions options;
  options.requests_per_minute = limits.requests_per_minute;
  options.tokens_per_minute = limits.tokens_per_minute;
  options.input_tokens_per_minute = limits.input_tokens_per_minute;
  options.output_tokens_per_minute = limits.output_tokens_per_minute;
  options.requests_per_day = limits.requests_per_day;
  options.tokens_per_day = limits.tokens_per_day;
  options.share = limits.share;
  options.max_concurrency = limits.max_concurrency;
  options.starts_unlimited = loopback;
  return options;
}

}  // namespace headway::call
