#include "job/answer/inspect.hpp"

#include <optional>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "job/answer/answer_choices.hpp"
#include "job/answer/answer_json.hpp"
#include "wire/answer.hpp"
#include "wire/ascii.hpp"

namespace headway::job {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

struct Finding {
  Verdict verdict = Verdict::usable;
  std::string detail;
};

// The fields of a body that matter here, whatever the path.
struct Fields {
  std::optional<element> choices, output, data, error, incomplete;
  std::string_view status;
};

Error no_answer(std::string why) {
  return Error(ErrorKind::protocol, "the answer " + std::move(why));
}

bool is_error(const std::optional<element>& error) {
  std::string_view text;
  return error && !error->is_null() && (error->get(text) || !text.empty());
}

std::string_view string_in(element value) {
  std::string_view text;
  return value.get(text) ? std::string_view() : text;
}

Fields read_fields(object root) {
  Fields fields;
  for (const auto [name, value] : root) {
    if (name == "choices") fields.choices = value;
    if (name == "output") fields.output = value;
    if (name == "data") fields.data = value;
    if (name == "error") fields.error = value;
    if (name == "incomplete_details") fields.incomplete = value;
    if (name == "status") fields.status = string_in(value);
  }
  return fields;
}

// Why an answer of /v1/responses ended, in the words of chat's finish_reason as far as there are any.
std::string_view end_of_response(const Fields& fields) {
  std::string_view reason;
  if (fields.status == "incomplete" && fields.incomplete && fields.incomplete->is_object() &&
      !(*fields.incomplete)["reason"].get(reason)) {
    return reason;
  }
  return fields.status;
}

std::vector<AnswerChoice> choices_of(std::string_view path, const Fields& fields) {
  std::vector<AnswerChoice> choices;
  if (path.ends_with("/responses")) {
    if (fields.status == "queued" || fields.status == "in_progress" || fields.status == "cancelled") {
      throw no_answer(fmt::format("is not finished: its status is {}", fields.status));
    }
    if (fields.output) choices = read_output(*fields.output);
    if (!choices.empty()) choices.front().finish_reason = end_of_response(fields);
  } else if (path.ends_with("/embeddings")) {
    if (fields.data) choices = read_embeddings(*fields.data);
  } else if (fields.choices) {
    choices = read_choices(*fields.choices);
  }
  if (choices.empty()) throw no_answer("has no choices");
  return choices;
}

bool is_cut(std::string_view reason) {
  return reason == "length" || reason == "max_output_tokens" || reason == "max_tokens" || reason == "incomplete";
}

Finding check_json(std::string_view text, const Expectation& expectation) {
  const auto read = read_json(text, expectation.fence_allowed);
  if (!read.value) return {Verdict::not_json, "the text is not JSON: " + read.fault};
  if (!expectation.schema) return {};
  auto fault = expectation.schema->fault_of(*read.value);
  if (!fault) return {};
  return {Verdict::not_valid, "the JSON is not what the schema says: " + std::move(*fault)};
}

Finding check(const AnswerChoice& choice, const Expectation& expectation, bool texts) {
  if (choice.finish_reason == "content_filter") return {Verdict::filtered, "the provider's filter stopped it"};
  if (!choice.refusal.empty()) return {Verdict::refused, "the model refused to answer"};
  if (is_cut(choice.finish_reason)) {
    return {Verdict::cut, fmt::format("cut at the limit of its tokens ({})", choice.finish_reason)};
  }
  const bool blank = wire::without_blanks(choice.text).empty();
  if (blank && !choice.has_other) return {Verdict::empty, "it has no text and no tool call"};
  if (!texts || expectation.wanted != Expectation::Wanted::json) return {};
  if (blank) return {Verdict::not_json, "the text is not JSON: there are only tool calls"};
  return check_json(choice.text, expectation);
}

void judge(const std::vector<AnswerChoice>& choices, const Expectation& expectation, bool texts, Answer& answer) {
  for (std::size_t i = 0; i < choices.size(); ++i) {
    auto found = check(choices[i], expectation, texts);
    if (found.verdict == Verdict::usable) continue;
    answer.verdict = found.verdict;
    answer.detail = choices.size() == 1 ? std::move(found.detail)
                                        : fmt::format("choice {} of {}: {}", i + 1, choices.size(), found.detail);
    return;
  }
}

std::string text_of(AnswerChoice& choice) {
  const bool has_content = !choice.text.empty() || choice.refusal.empty();
  return std::move(has_content ? choice.text : choice.refusal);
}

Answer read(simdjson::dom::parser& parser, std::string_view path, std::string_view body,
            const Expectation& expectation) {
  object root;
  if (const auto code = parser.parse(body.data(), body.size()).get(root)) throw wire::unreadable(body, code);
  const auto fields = read_fields(root);
  if (is_error(fields.error)) throw wire::failure_in_success(body);
  auto choices = choices_of(path, fields);
  Answer answer;
  judge(choices, expectation, has_text(path), answer);
  answer.finish_reason = choices.front().finish_reason;
  answer.text = text_of(choices.front());
  for (std::size_t i = 1; i < choices.size(); ++i) answer.more.push_back(text_of(choices[i]));
  return answer;
}

}  // namespace

bool has_text(std::string_view path) {
  return !path.ends_with("/embeddings");
}

Outcome<Answer> inspect(std::string_view path, std::string_view body, const Expectation& expectation) try {
  if (body.size() > wire::shared_parser_bytes) {  // one huge answer is to leave no huge parser behind
    simdjson::dom::parser own;
    return read(own, path, body, expectation);
  }
  thread_local simdjson::dom::parser parser;
  return read(parser, path, body, expectation);
} catch (const Error& error) {
  return error;
}

std::string_view to_string(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::usable:
      return "usable";
    case Verdict::cut:
      return "cut";
    case Verdict::filtered:
      return "filtered";
    case Verdict::refused:
      return "refused";
    case Verdict::empty:
      return "empty";
    case Verdict::not_json:
      return "not_json";
    case Verdict::not_valid:
      return "not_valid";
  }
  return "usable";
}

}  // namespace headway::job
