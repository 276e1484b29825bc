#include "call/call_error.hpp"

#include <vector>

#include <fmt/format.h>

#include "base/redact.hpp"
#include "call/redirect.hpp"
#include "wire/provider_error.hpp"
#include "wire/request_id.hpp"

namespace headway::call {
namespace {

bool speaks_of_model(const ErrorInfo& info) {
  return info.provider_code == "model_not_found" || info.provider_message.find("model") != std::string::npos;
}

std::string sentence(const ErrorInfo& info, const CallRequest& request) {
  const auto host = request.endpoint().origin().authority();
  switch (info.kind) {
    case ErrorKind::authentication:
      if (const auto trouble = request.endpoint().key_trouble(); !trouble.empty()) {
        return fmt::format("the key for {} has ended, and {}", host, trouble);
      }
      return fmt::format("{} {} {}", host,
                         request.endpoint().api_key().empty() ? "wants a key; set" : "refuses the key; check",
                         request.endpoint().key_variable());
    case ErrorKind::permission:
      return fmt::format("the key may not do this at {}", host);
    case ErrorKind::not_found:
      if (!request.model_there().empty() && speaks_of_model(info)) {
        return fmt::format("model '{}' is not served at {}; set HEADWAY_MODEL or model; 'headway models' lists what is",
                           request.model_there(), host);
      }
      return fmt::format("{} has no such path; is the base URL right?", host);
    case ErrorKind::quota_exhausted:
      if (info.status == 429 && info.provider_type == "RESOURCE_EXHAUSTED") {
        return fmt::format("this model is not on the account's plan at {}; retrying will not help.", host);
      }
      return "the account has no API credit (a ChatGPT subscription does not include it); retrying will not help.";
    case ErrorKind::rate_limited:
      return fmt::format("too fast for the limits of {}", host);
    case ErrorKind::bad_request:
      return fmt::format("{} refuses the request", host);
    default:
      return fmt::format("{} failed", host);
  }
}

}  // namespace

Refusal refusal_of(const net::Reply& reply, const CallRequest& request) {
  const auto provider = wire::decode_error(reply.status, reply.body);
  Refusal refusal;
  refusal.wait = provider.wait;
  refusal.quirks = wire::quirks_in(reply.status, provider);
  auto& info = refusal.info;
  info.kind = provider.kind;
  info.status = reply.status;
  info.provider_message = provider.message;
  info.provider_type = provider.type;
  info.provider_code = provider.code;
  info.request_id = wire::request_id(reply.headers);
  const bool redirect = reply.status >= 300 && reply.status < 400;
  info.message = redirect ? refused_redirect(reply) : sentence(info, request);
  return refusal;
}

ErrorInfo error_of(const net::Failure& failure) {
  ErrorInfo info;
  info.kind = failure.kind;
  info.message = failure.detail;
  info.maybe_billed = failure.sent && !failure.unprocessed;
  return info;
}

ErrorInfo completed(ErrorInfo info, const CallRequest& request) {
  info.endpoint = request.endpoint().display(request.http.head->target);
  std::vector<std::string*> said{&info.provider_message, &info.provider_type, &info.provider_code, &info.request_id};
  std::erase_if(said, [](const auto* words) { return words->empty(); });
  if (said.empty()) return info;
  const auto texts = wire::texts_of(request.http.body);
  for (auto* words : said) *words = redact(*words, request.endpoint().api_key(), texts);
  return info;
}

}  // namespace headway::call
