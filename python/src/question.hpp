#pragma once

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <headway/chat_openai.hpp>
#include <headway/openai.hpp>

namespace headway::python {

/// A model of either kind.
using AnyModel = std::variant<OpenAI, ChatOpenAI>;

/// What is asked, and how. A list of messages is for ChatOpenAI alone.
struct Question {
  std::variant<std::string, std::vector<Message>> prompt;
  std::shared_ptr<const CallOptions> options;  ///< null: the model's own
};

/// Calls `use` with the model, the prompt as that model takes it, and the options.
template <class Use>
auto ask(const AnyModel& model, Question question, Use use) {
  auto options = question.options ? *question.options : CallOptions();
  if (const auto* completion = std::get_if<OpenAI>(&model)) {
    return use(*completion, std::get<std::string>(std::move(question.prompt)), std::move(options));
  }
  auto prompt = std::visit([](auto&& said) { return ChatPrompt(std::forward<decltype(said)>(said)); },
                           std::move(question.prompt));
  return use(std::get<ChatOpenAI>(model), std::move(prompt), std::move(options));
}

}  // namespace headway::python
