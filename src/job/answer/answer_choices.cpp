#include "job/answer/answer_choices.hpp"

#include <algorithm>

namespace headway::job {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

std::string_view text_of(element value) {
  std::string_view text;
  return value.get(text) ? std::string_view() : text;
}

bool holds_something(element value) {
  array items;
  object fields;
  if (!value.get(items)) return items.begin() != items.end();
  if (!value.get(fields)) return fields.begin() != fields.end();
  return false;
}

// Of a chat's message, or of a message in an output: parts by their type.
void read_part(element part, AnswerChoice& choice) {
  object fields;
  if (part.get(fields)) return choice.text.append(text_of(part)), void();
  for (const auto [name, value] : fields) {
    if (name == "text") choice.text += text_of(value);
    if (name == "refusal") choice.refusal += text_of(value);
  }
}

void read_content(element content, AnswerChoice& choice) {
  array parts;
  if (content.get(parts)) {
    choice.text += text_of(content);
  } else {
    for (const element part : parts) read_part(part, choice);
  }
}

void read_message(element message, AnswerChoice& choice) {
  object fields;
  if (message.get(fields)) return;
  for (const auto [name, value] : fields) {
    if (name == "content") read_content(value, choice);
    if (name == "refusal") choice.refusal += text_of(value);
    if (name == "tool_calls" || name == "function_call" || name == "audio") {
      choice.has_other = choice.has_other || holds_something(value);
    }
  }
}

AnswerChoice read_choice(element value) {
  AnswerChoice choice;
  object fields;
  if (value.get(fields)) return choice;
  for (const auto [name, field] : fields) {
    if (name == "index" && field.is_int64()) choice.index = field.get_int64();
    if (name == "finish_reason") choice.finish_reason = text_of(field);
    if (name == "text") choice.text = text_of(field);
    if (name == "message") read_message(field, choice);
  }
  return choice;
}

}  // namespace

std::vector<AnswerChoice> read_choices(element choices) {
  std::vector<AnswerChoice> read;
  array items;
  if (choices.get(items)) return read;
  for (const element item : items) read.push_back(read_choice(item));
  std::ranges::stable_sort(read, {}, &AnswerChoice::index);
  return read;
}

std::vector<AnswerChoice> read_output(element output) {
  array items;
  if (output.get(items)) return {};
  std::vector<AnswerChoice> read(1);
  for (const element item : items) {
    std::string_view type;
    if (item["type"].get(type)) continue;
    if (type == "message") {
      read_message(item, read.front());
    } else if (type.ends_with("_call")) {  // "function_call", "custom_tool_call", ...; "reasoning" is no answer
      read.front().has_other = true;
    }
  }
  return read;
}

std::vector<AnswerChoice> read_embeddings(element data) {
  array items;
  if (data.get(items)) return {};
  std::vector<AnswerChoice> read(1);
  read.front().has_other = items.begin() != items.end();
  return read;
}

}  // namespace headway::job
