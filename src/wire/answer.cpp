#include "wire/answer.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "wire/ascii.hpp"
#include "wire/provider_error.hpp"

namespace headway::wire {
namespace {

bool is_page(std::string_view text) {
  constexpr std::string_view beginnings[] = {"<!doctype html", "<html", "<head", "<?xml"};
  return std::ranges::any_of(beginnings, [&](std::string_view word) { return starts_with_word(text, word); });
}

std::string fault(std::string_view body, simdjson::error_code code) {
  const auto text = without_blanks(body);
  if (text.empty()) return "the answer's body is empty";
  if (is_page(text)) {
    return fmt::format("the answer is a web page and not JSON ({} bytes): is the base URL right?", body.size());
  }
  if (code == simdjson::UTF8_ERROR) return fmt::format("the answer is not valid UTF-8 ({} bytes)", body.size());
  if (text.front() != '{') return fmt::format("the answer is not a JSON object ({} bytes)", body.size());
  if (text.back() != '}') return fmt::format("the answer's JSON breaks off after {} bytes", body.size());
  if (code == simdjson::INCORRECT_TYPE) {
    return fmt::format("the answer is JSON, but a field of it has another type than it should ({} bytes)", body.size());
  }
  return fmt::format("the answer's JSON is malformed ({} bytes)", body.size());
}

}  // namespace

simdjson::ondemand::parser& shared_parser() {
  thread_local simdjson::ondemand::parser parser;
  return parser;
}

Error unreadable(std::string_view body, simdjson::error_code code) {
  return Error(ErrorKind::protocol, fault(body, code));
}

Error failure_in_success(std::string_view body) {
  constexpr int ok = 200;
  auto provider = decode_error(ok, body);
  ErrorInfo info;
  info.kind = provider.kind;
  info.message = "the server answered with an error, though with a status of success";
  info.provider_message = std::move(provider.message);
  info.provider_type = std::move(provider.type);
  info.provider_code = std::move(provider.code);
  return Error(std::move(info));
}

}  // namespace headway::wire
