#include "wire/decode.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "wire/answer.hpp"
#include "wire/answer_fields.hpp"

namespace headway::wire {
namespace {

using simdjson::ondemand::object;
using simdjson::ondemand::value;

struct IndexedChoice {
  IndexedChoice() {}

  std::optional<std::int64_t> index;
  Choice choice;
};

Error unusable(std::string why) {
  return Error(ErrorKind::protocol, "the answer " + std::move(why));
}

IndexedChoice read_choice(object fields, Api api) {
  IndexedChoice read;
  bool has_text = false;
  for (auto field : fields) {
    const std::string_view name = field.unescaped_key();
    value v = field.value();
    if (name == "index") {
      read.index = index_of(v);
    } else if (name == "finish_reason") {
      read.choice.finish_reason = text_of(v);
    } else if (api == Api::completion && name == "text") {
      read.choice.text = text_of(v);
      has_text = true;
    } else if (api == Api::chat && name == "message") {
      read.choice.text = text_of_message(v.get_object());
      has_text = true;
    }
  }
  if (!has_text) throw unusable(api == Api::chat ? "has a choice without a message" : "has a choice without a text");
  return read;
}

std::vector<IndexedChoice> read_choices(value v, Api api) {
  std::vector<IndexedChoice> choices;
  if (v.is_null()) return choices;
  for (object choice : v.get_array()) choices.push_back(read_choice(choice, api));
  return choices;
}

// By index and never by position: a provider may send the samples of several prompts in any order.
std::vector<Choice> in_order(std::vector<IndexedChoice> read) {
  const auto count = read.size();
  if (count == 0) throw unusable("has no choices");
  if (count == 1 && !read.front().index) read.front().index = 0;
  std::vector<std::optional<Choice>> places(count);
  for (auto& [index, choice] : read) {
    if (!index) throw unusable(fmt::format("has {} choices, and one of them has no index", count));
    if (*index < 0 || static_cast<std::uint64_t>(*index) >= count) {
      throw unusable(fmt::format("has {} choices, and one of them has the index {}", count, *index));
    }
    auto& place = places[static_cast<std::size_t>(*index)];
    if (place) throw unusable(fmt::format("has two choices with the index {}", *index));
    place = std::move(choice);
  }
  std::vector<Choice> choices;
  choices.reserve(count);
  for (auto& place : places) choices.push_back(std::move(*place));
  return choices;
}

Outcome<Response> decode(std::string body, Api api) try {
  Response response;
  std::vector<IndexedChoice> choices;
  read_fields(body, [&](std::string_view name, value v) {
    if (name == "choices") choices = read_choices(v, api);
    if (name == "usage") response.usage = usage_of(v).value_or(Usage());
    if (name == "model") response.model = text_of(v);
    if (name == "service_tier") response.service_tier = text_of(v);
  });
  response.choices = in_order(std::move(choices));
  response.raw = std::move(body);
  return response;
} catch (const Error& error) {
  return error;
}

void read_model_names(value v, std::vector<std::string>& names) {
  if (v.is_null()) return;
  for (object model : v.get_array()) {
    for (auto field : model) {
      if (std::string_view(field.unescaped_key()) == "id") names.push_back(text_of(field.value()));
    }
  }
}

}  // namespace

Outcome<Response> decode_completion(std::string body) {
  return decode(std::move(body), Api::completion);
}

Outcome<Response> decode_chat(std::string body) {
  return decode(std::move(body), Api::chat);
}

Outcome<std::vector<std::string>> decode_models(std::string body) try {
  std::vector<std::string> names;
  bool has_list = false;
  read_fields(body, [&](std::string_view name, value v) {
    if (name != "data") return;
    has_list = true;
    read_model_names(v, names);
  });
  if (!has_list) throw unusable("has no list of models");
  return names;
} catch (const Error& error) {
  return error;
}

}  // namespace headway::wire
