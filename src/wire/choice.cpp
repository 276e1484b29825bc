#include "wire/choice.hpp"

#include <utility>

#include <fmt/format.h>

#include "wire/ascii.hpp"
#include "wire/ending.hpp"
#include "wire/json_fields.hpp"
#include "wire/provider_error.hpp"
#include "wire/utf8.hpp"

namespace headway::wire {
namespace {

using simdjson::dom::element;
using simdjson::ondemand::json_type;
using simdjson::ondemand::value;

bool holds_something(value v) {
  bool any = false;
  const auto type = type_of(v);
  if (type == json_type::array) each_item(v, [&](value) { any = true; });
  if (type == json_type::object) each_field(v, [&](std::string_view, value) { any = true; });
  return any;
}

bool is_empty(element json) {
  switch (json.type()) {
    case simdjson::dom::element_type::NULL_VALUE:
      return true;
    case simdjson::dom::element_type::STRING:
      return without_blanks(std::string_view(json.get_string())).empty();
    case simdjson::dom::element_type::BOOL:
      return !bool(json.get_bool());
    case simdjson::dom::element_type::ARRAY:
      for (const element item : json.get_array()) {
        if (!is_empty(item)) return false;
      }
      return true;
    case simdjson::dom::element_type::OBJECT:
      for (const auto [name, field] : json.get_object()) {
        if (!is_empty(field)) return false;
      }
      return true;
    default:
      return double(json.get_double()) == 0;
  }
}

}  // namespace

void ChoiceReader::read(value choice) {
  each_field(choice, [this](std::string_view name, value v) { read_field(name, v); });
}

void ChoiceReader::read_field(std::string_view name, value v) {
  if (name == "index") {
    index_ = integer_of(v);
    has_odd_index_ = !index_ && type_of(v) != json_type::null;
  } else if (name == "finish_reason") {
    choice_.finish_reason = text_of(v);
    says_anything_ = says_anything_ || !choice_.finish_reason.empty();
  } else if (name == "text") {
    says_anything_ = true;
    choice_.text = text_of(v);
  } else if ((name == "message" || name == "delta") && type_of(v) == json_type::object) {
    says_anything_ = true;
    read_message(v);
  } else if (name == "error") {
    if (const auto json = error_in(v)) error_ = *json;
  }
}

void ChoiceReader::read_message(value message) {
  each_field(message, [this](std::string_view name, value v) {
    if (name == "content") {
      read_content(v);
    } else if (name == "refusal") {
      refusal_ += text_of(v);
    } else if ((name == "tool_calls" || name == "function_call" || name == "audio" || name == "images") &&
               holds_something(v)) {
      has_more();
    }
  });
}

void ChoiceReader::read_content(value content) {
  if (type_of(content) != json_type::array) {
    choice_.text += text_of(content);
  } else {
    each_item(content, [this](value part) { read_part(part); });
  }
}

// Parts by their field: what a model thought is in neither of these.
void ChoiceReader::read_part(value part) {
  const auto type = type_of(part);
  if (type == json_type::string) choice_.text += text_of(part);
  if (type != json_type::object) return;
  each_field(part, [this](std::string_view name, value v) {
    if (name == "text") choice_.text += text_of(v);
    if (name == "refusal") refusal_ += text_of(v);
  });
}

void ChoiceReader::add(ChoiceReader message) {
  choice_.text += message.choice_.text;
  refusal_ += message.refusal_;
}

Choice ChoiceReader::take() {
  choice_.ending = ending_of(choice_.finish_reason);
  const bool refused = !refusal_.empty() && choice_.ending != Ending::filtered && choice_.ending != Ending::failed;
  if (refused) choice_.ending = Ending::refused;
  if (choice_.text.empty()) choice_.text = std::move(refusal_);
  return std::move(choice_);
}

std::optional<Error> ChoiceReader::failure() const {
  if (!error_.empty()) return failure_in_success(error_);
  if (ending_of(choice_.finish_reason) != Ending::failed) return std::nullopt;
  constexpr std::size_t longest_word = 40;
  return Error(ErrorKind::server, fmt::format("the server broke the answer off (finish_reason \"{}\")",
                                              printable_line(choice_.finish_reason, longest_word)));
}

std::optional<std::string_view> error_in(value v) {
  const auto type = type_of(v);
  if (type == json_type::null) return std::nullopt;
  const std::string_view json = simdjson::to_json_string(v);
  simdjson::dom::parser parser;
  element root;
  const bool empty = !parser.parse(json.data(), json.size()).get(root) && is_empty(root);
  return empty ? std::nullopt : std::optional(json);
}

Error failure_in_success(std::string_view json) {
  constexpr int ok = 200;
  auto provider = decode_error(ok, json);
  ErrorInfo info;
  info.kind = provider.kind;
  info.message = "the server answered with an error, though with a status of success";
  info.provider_message = std::move(provider.message);
  info.provider_type = std::move(provider.type);
  info.provider_code = std::move(provider.code);
  return Error(std::move(info));
}

}  // namespace headway::wire
