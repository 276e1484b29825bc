#include "wire/answer_fields.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

namespace headway::wire {
namespace {

using simdjson::ondemand::json_type;
using simdjson::ondemand::object;
using simdjson::ondemand::value;

// Some servers count in floats; what is no count is none.
std::int64_t count_of(value v) {
  constexpr double too_many = 0x1p63;
  if (v.type() != json_type::number) return 0;
  const simdjson::ondemand::number number = v.get_number();
  if (number.is_int64()) return std::max<std::int64_t>(number.get_int64(), 0);
  const double count = number.as_double();
  return count > 0 && count < too_many ? std::llround(count) : 0;
}

std::int64_t count_in(value details, std::string_view wanted) {
  std::int64_t count = 0;
  if (details.type() != json_type::object) return count;
  for (auto field : details.get_object()) {
    if (std::string_view(field.unescaped_key()) == wanted) count = count_of(field.value());
  }
  return count;
}

std::string text_of_part(value part) {
  if (part.type() != json_type::object) return text_of(part);
  std::string text;
  for (auto field : part.get_object()) {
    if (std::string_view(field.unescaped_key()) == "text") text = text_of(field.value());
  }
  return text;
}

std::string text_of_content(value content) {
  if (content.type() != json_type::array) return text_of(content);
  std::string text;
  for (value part : content.get_array()) text += text_of_part(part);
  return text;
}

}  // namespace

std::string text_of(value v) {
  return v.type() == json_type::string ? std::string(std::string_view(v.get_string())) : std::string();
}

std::string text_of_message(object message) {
  std::string content, refusal;
  for (auto field : message) {
    const std::string_view name = field.unescaped_key();
    if (name == "content") content = text_of_content(field.value());
    if (name == "refusal") refusal = text_of(field.value());
  }
  return content.empty() ? std::move(refusal) : std::move(content);
}

std::optional<std::int64_t> index_of(value v) {
  if (v.is_null()) return std::nullopt;
  return std::int64_t(v.get_int64());
}

std::optional<Usage> usage_of(value v) {
  if (v.type() != json_type::object) return std::nullopt;
  Usage usage;
  for (auto field : v.get_object()) {
    const std::string_view name = field.unescaped_key();
    const auto is = [name](std::string_view chat, std::string_view responses) {
      return name == chat || name == responses;
    };
    if (is("prompt_tokens", "input_tokens")) usage.prompt_tokens = count_of(field.value());
    if (is("completion_tokens", "output_tokens")) usage.completion_tokens = count_of(field.value());
    if (name == "total_tokens") usage.total_tokens = count_of(field.value());
    if (is("prompt_tokens_details", "input_tokens_details")) {
      usage.cached_tokens = count_in(field.value(), "cached_tokens");
    }
    if (is("completion_tokens_details", "output_tokens_details")) {
      usage.reasoning_tokens = count_in(field.value(), "reasoning_tokens");
    }
  }
  return usage;
}

}  // namespace headway::wire
