#include "wire/anthropic/dialect.hpp"

#include <fmt/format.h>

#include <headway/error.hpp>

#include "wire/answer.hpp"

namespace headway::wire::anthropic {
namespace {

class MessagesDialect final : public Dialect {
 public:
  std::string path_of(std::string_view path) const override {
    switch (form_of(path)) {
      case Form::chat:
        return "/v1/messages";
      case Form::other:
        return std::string(path);
      default:
        break;
    }
    throw Error(ErrorKind::configuration,
                fmt::format("Anthropic has nothing like {}: ask it by a chat (/v1/chat/completions)", path));
  }
  std::string_view key_header() const noexcept override { return "x-api-key"; }
  std::pair<std::string_view, std::string_view> version_header() const noexcept override {
    return {"anthropic-version", "2023-06-01"};
  }

  Question question_of(std::string_view chat) const override { return anthropic::question_of(chat); }
  std::optional<std::string> chat_of(std::string_view answer) const override { return anthropic::chat_of(answer); }
  std::unique_ptr<EventTranslator> events() const override { return event_translator(); }
};

}  // namespace

const Dialect& dialect() noexcept {
  static const MessagesDialect messages;
  return messages;
}

}  // namespace headway::wire::anthropic
