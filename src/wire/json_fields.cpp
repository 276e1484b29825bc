#include "wire/json_fields.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "wire/ascii.hpp"
#include "wire/surrogates.hpp"

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

std::optional<simdjson::ondemand::json_type> type_of(simdjson::ondemand::value value) {
  simdjson::ondemand::json_type type{};
  return value.type().get(type) ? std::nullopt : std::optional(type);
}

std::string text_of(simdjson::ondemand::value value) {
  if (type_of(value) != simdjson::ondemand::json_type::string) return {};
  const std::string_view token = value.raw_json_token();
  std::string_view text;
  if (!value.get_string().get(text)) return std::string(text);
  auto mended = unescaped(without_blanks(token));
  if (!mended) throw simdjson::simdjson_error(simdjson::STRING_ERROR);
  return *std::move(mended);
}

std::optional<std::int64_t> integer_of(simdjson::ondemand::value value) {
  std::int64_t number = 0;
  if (type_of(value) != simdjson::ondemand::json_type::number || value.get_int64().get(number)) return std::nullopt;
  return number;
}

}  // namespace headway::wire
