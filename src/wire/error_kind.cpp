#include "wire/error_kind.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "wire/ascii.hpp"

namespace headway::wire {
namespace {

// OpenAI's codes, wherever they stand (`billing_not_active` comes with 429 for an unpaid account); then those of Moonshot,
// Zhipu, one-api and its forks, DeepSeek, Alibaba, Anthropic.
constexpr std::string_view money[] = {
    "insufficient_quota",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
    "billing_hard_limit_reached",
    "billing_not_active",
    "exceeded_current_quota_error",
    "1113",
    "insufficient_user_quota",
    "pre_consume_token_quota_failed",
    "insufficient_balance",
    "insufficient_credits",
    "arrearage",
    "billing_error",
    "enforced_spend_limit_reached",
};

// What an error without a status of its own may be called.
constexpr std::array<std::pair<std::string_view, ErrorKind>, 9> kinds_by_name = {{
    {"model_not_found", ErrorKind::not_found},
    {"not_found_error", ErrorKind::not_found},
    {"invalid_api_key", ErrorKind::authentication},
    {"authentication_error", ErrorKind::authentication},
    {"permission_error", ErrorKind::permission},
    {"rate_limit_exceeded", ErrorKind::rate_limited},
    {"rate_limit_error", ErrorKind::rate_limited},
    {"slow_down", ErrorKind::rate_limited},
    {"invalid_request_error", ErrorKind::bad_request},
}};

ErrorKind kind_of_status(int status) noexcept {
  switch (status) {
    case 401:
      return ErrorKind::authentication;
    case 402:
      return ErrorKind::quota_exhausted;
    case 403:
      return ErrorKind::permission;
    case 404:
      return ErrorKind::not_found;
    case 408:
    case 409:
    case 421:  // another server of the same name is to be asked (RFC 9110, 15.5.20)
    case 425:  // too early: the same later
    case 498:  // what Groq answers where its flex tier has no room
      return ErrorKind::server;
    case 429:
      return ErrorKind::rate_limited;
    default:
      break;
  }
  if (status >= 500) return ErrorKind::server;
  return status >= 400 ? ErrorKind::bad_request : ErrorKind::protocol;
}

ErrorKind kind_of_name(std::string_view type, std::string_view code) noexcept {
  for (const auto name : {code, type}) {
    const auto known = std::ranges::find(kinds_by_name, name, &std::pair<std::string_view, ErrorKind>::first);
    if (known != kinds_by_name.end()) return known->second;
  }
  return ErrorKind::server;
}

}  // namespace

int status_in(std::string_view code) noexcept {
  int status = 0;
  const auto [end, error] = std::from_chars(code.data(), code.data() + code.size(), status);
  const bool whole = error == std::errc() && end == code.data() + code.size();
  return whole && status >= 400 && status < 600 ? status : 0;
}

bool is_money(std::string_view name) noexcept {
  return std::ranges::any_of(
      money, [name](std::string_view word) { return word.size() == name.size() && starts_with_word(name, word); });
}

ErrorKind kind_of(int status, std::string_view type, std::string_view code) noexcept {
  if (is_money(code) || is_money(type)) return ErrorKind::quota_exhausted;
  if (code == "API_KEY_INVALID") return ErrorKind::authentication;  // Gemini's 400
  if (status >= 300) {
    return status == 400 && code == "model_not_found" ? ErrorKind::not_found : kind_of_status(status);
  }
  const int meant = status_in(code);
  return meant != 0 ? kind_of_status(meant) : kind_of_name(type, code);
}

}  // namespace headway::wire
