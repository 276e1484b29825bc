#include "wire/answer.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "wire/choice.hpp"
#include "wire/error_kind.hpp"
#include "wire/json_fields.hpp"
#include "wire/usage.hpp"
#include "wire/utf8.hpp"

namespace headway::wire {
namespace {

using simdjson::ondemand::json_type;
using simdjson::ondemand::value;

Error of_no_use(std::string why) {
  return Error(ErrorKind::protocol, "the answer " + std::move(why));
}

/// Takes the fields of an answer in any order, and says in the end what is wrong with it.
class AnswerReader {
 public:
  AnswerReader(Form form, Answer& answer, std::int64_t asked) : form_(form), answer_(answer), asked_(asked) {}

  void read(std::string_view name, value v) {
    if (name == "choices" && is_of_choices()) {
      read_choices(v);
    } else if (name == "output" && form_ == Form::responses) {
      read_output(v);
    } else if (name == "data" && form_ == Form::embeddings) {
      read_embeddings(v);
    } else if (name == "usage") {
      read_usage(v);
    } else if (name == "model") {
      answer_.model = text_of(v);
    } else if (name == "service_tier") {
      answer_.service_tier = text_of(v);
    } else if (name == "error") {
      has_error_ = error_in(v).has_value();
    } else {
      read_signs(name, v);
    }
  }

  std::optional<Error> end(std::string_view body) {
    const bool has_answer = !choices_.empty();
    const bool says_why_not = says_something_ && !has_answer && form_ != Form::other;
    if (has_error_ || (is_error_object_ && !has_answer)) return failure_in_success(body);
    if (auto unfinished = end_of_response()) return unfinished;
    for (const auto& choice : choices_) {
      if (auto failure = choice.failure()) return failure;
    }
    if (form_ == Form::other) return std::nullopt;
    if (says_why_not) return without_choices(body);
    return put_in_order();
  }

 private:
  bool is_of_choices() const { return form_ == Form::chat || form_ == Form::completion; }

  // Of bodies that are none of the answers expected: {"object": "error", ...}, {"code": ..., "message": ...}.
  void read_signs(std::string_view name, value v) {
    if (name == "status") {
      status_ = text_of(v);
    } else if (name == "incomplete_details") {
      each_field(v, [this](std::string_view field, value reason) {
        if (field == "reason") incomplete_ = text_of(reason);
      });
    } else if (name == "object") {
      is_error_object_ = text_of(v) == "error";
    } else if (name == "message" || name == "msg" || name == "detail" || name == "errors") {
      says_something_ = true;
    }
  }

  void read_choices(value v) {
    choices_.clear();
    each_item(v, [this](value choice) { choices_.emplace_back().read(choice); });
  }

  // All messages of an output together are one choice.
  void read_output(value v) {
    if (type_of(v) != json_type::array) return;
    choices_.clear();
    auto& all = choices_.emplace_back();
    each_item(v, [&](value item) { read_item(item, all); });
  }

  static void read_item(value item, ChoiceReader& all) {
    std::string type;
    ChoiceReader message;
    if (type_of(item) != json_type::object) return;
    // The type stands before or behind what it is the type of.
    each_field(item, [&](std::string_view name, value v) {
      if (name == "type") type = text_of(v);
      if (name == "content") message.read_content(v);
    });
    if (type == "message") all.add(std::move(message));
    if (type.ends_with("_call")) all.has_more();  // "function_call", "custom_tool_call"; "reasoning" is no answer
  }

  void read_embeddings(value v) {
    if (type_of(v) != json_type::array) return;
    choices_.clear();
    auto& choice = choices_.emplace_back();
    choice.ended("");
    each_item(v, [&](value) { choice.has_more(); });
  }

  void read_usage(value v) {
    if (auto charge = charge_of(v)) {
      answer_.usage = charge->usage;
      answer_.cost = charge->cost;
    }
  }

  // Of /v1/responses: why it ended, in the words of chat's finish_reason as far as there are any.
  std::optional<Error> end_of_response() {
    if (form_ != Form::responses) return std::nullopt;
    if (status_ == "queued" || status_ == "in_progress" || status_ == "cancelled") {
      return of_no_use("is not finished: its status is " + status_);
    }
    if (!choices_.empty())
      choices_.front().ended(status_ == "incomplete" && !incomplete_.empty() ? incomplete_ : status_);
    return std::nullopt;
  }

  // By index and never by position: a provider may send the samples of several prompts in any order.
  std::optional<Error> put_in_order() {
    const auto count = choices_.size();
    if (count == 0) return of_no_use("has no choices");
    if (is_of_choices() && static_cast<std::int64_t>(count) < asked_) {
      return of_no_use(fmt::format("has {} of the {} choices that were asked for", count, asked_));
    }
    const auto by_index = [](const ChoiceReader& choice) { return choice.index().value_or(0); };
    std::ranges::stable_sort(choices_, {}, by_index);
    for (std::size_t i = 0; i < count; ++i) {
      if (!choices_[i].says_anything()) return of_no_use("has a choice without a text");
      if (count == 1) break;
      if (!choices_[i].index()) return of_no_use(fmt::format("has {} choices, and one of them has no index", count));
      const auto index = *choices_[i].index();
      if (index == static_cast<std::int64_t>(i)) continue;
      const bool before = i > 0 && index == by_index(choices_[i - 1]);
      const bool twice = before || (i + 1 < count && index == by_index(choices_[i + 1]));
      return of_no_use(twice ? fmt::format("has two choices with the index {}", index)
                             : fmt::format("has {} choices, and one of them has the index {}", count, index));
    }
    answer_.choices.reserve(count);
    for (auto& choice : choices_) answer_.choices.push_back(choice.take());
    return std::nullopt;
  }

  // What it says instead is more than that there are no choices.
  static Error without_choices(std::string_view body) {
    auto info = failure_in_success(body).info();
    constexpr int server_failed = 500;
    if (info.kind == ErrorKind::server && status_in(info.provider_code) < server_failed)
      info.kind = ErrorKind::protocol;
    info.message = "the answer has no choices";
    return Error(std::move(info));
  }

  Form form_;
  Answer& answer_;
  std::int64_t asked_;
  std::vector<ChoiceReader> choices_;
  std::string status_, incomplete_;
  bool has_error_ = false;
  bool is_error_object_ = false;
  bool says_something_ = false;
};

// Whose bytes are no UTF-8 cannot be trusted to be what the model said. But what it took can be read.
void read_charge_alone(std::string body, Answer& answer) {
  body = without_controls(body);
  read_fields(body, [&](std::string_view name, value v) {
    if (name != "usage") return;
    if (const auto charge = charge_of(v)) answer.usage = charge->usage, answer.cost = charge->cost;
  });
}

}  // namespace

Form form_of(std::string_view path) noexcept {
  path = path.substr(0, path.find('?'));
  if (path.ends_with("/chat/completions")) return Form::chat;
  if (path.ends_with("/completions")) return Form::completion;
  if (path.ends_with("/responses")) return Form::responses;
  return path.ends_with("/embeddings") ? Form::embeddings : Form::other;
}

std::optional<Error> read_answer(std::string& body, Form form, Answer& answer, std::int64_t asked) {
  AnswerReader reader(form, answer, asked);
  const auto code = read_fields(body, [&](std::string_view name, value v) { reader.read(name, v); });
  if (code == simdjson::SUCCESS) return reader.end(body);
  if (code == simdjson::UTF8_ERROR) read_charge_alone(body, answer);
  return unreadable(body, code);
}

}  // namespace headway::wire
