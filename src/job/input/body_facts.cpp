#include "job/input/body_facts.hpp"

#include <fmt/format.h>

#include "wire/inline_bytes.hpp"

namespace headway::job {
namespace {

using simdjson::dom::element;

std::string_view prompt_field(Endpoint endpoint) {
  switch (endpoint) {
    case Endpoint::completions:
      return "prompt";
    case Endpoint::chat:
      return "messages";
    default:
      return "input";
  }
}

bool is_text(element value) {
  return value.is_string() && !std::string_view(value).empty();
}

bool is_filled_array(element value) {
  return value.is_array() && simdjson::dom::array(value).begin() != simdjson::dom::array(value).end();
}

// A text that begins with "data:" alone is one, as of a stream of events.
bool is_data_url(std::string_view text) {
  constexpr std::size_t longest_type = 200;
  return text.starts_with("data:") && text.substr(0, longest_type).find(";base64,") != std::string_view::npos;
}

std::string prompt_fault(element value, Endpoint endpoint) {
  if (is_filled_array(value) || (endpoint != Endpoint::chat && is_text(value))) return {};
  const auto wanted = endpoint == Endpoint::chat ? "a list that is not empty" : "a text or a list that is not empty";
  return fmt::format("body.{} must be {}", prompt_field(endpoint), wanted);
}

}  // namespace

std::uint64_t text_bytes(element value) {
  if (value.is_string()) {
    const std::string_view text = value;
    return is_data_url(text) ? 0 : text.size() - wire::inline_bytes(text);
  }
  std::uint64_t bytes = 0;
  if (value.is_array()) {
    for (const auto item : simdjson::dom::array(value)) bytes += text_bytes(item);
  } else if (value.is_object()) {
    for (const auto field : simdjson::dom::object(value)) bytes += text_bytes(field.value);
  }
  return bytes;
}

BodyFacts facts_of(simdjson::dom::object body, Endpoint endpoint) {
  BodyFacts facts;
  const auto prompt = prompt_field(endpoint);
  bool has_prompt = endpoint == Endpoint::responses;
  for (const auto field : body) {
    if (field.key == prompt) {
      has_prompt = true;
      facts.prompt_fault = prompt_fault(field.value, endpoint);
      facts.prompt_bytes += text_bytes(field.value);
    } else if (field.key == "instructions") {
      facts.prompt_bytes += text_bytes(field.value);
    } else if (field.key == "model") {
      facts.has_model = is_text(field.value);
    } else if (field.key == "stream") {
      facts.streams = !field.value.is_null() && !(field.value.is_bool() && !bool(field.value));
    } else if (field.key == "max_completion_tokens") {
      facts.newer_limit = true;
    }
  }
  if (!has_prompt) facts.prompt_fault = fmt::format("body has no {}", prompt);
  return facts;
}

}  // namespace headway::job
