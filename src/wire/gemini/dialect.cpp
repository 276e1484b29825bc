#include "wire/gemini/dialect.hpp"

#include <fmt/format.h>

#include <headway/error.hpp>

#include "wire/answer.hpp"

namespace headway::wire::gemini {
namespace {

class GenerateContentDialect final : public Dialect {
 public:
  std::string path_of(std::string_view path) const override {
    switch (form_of(path)) {
      case Form::chat:
        return "/v1beta/models";
      case Form::other:
        return path == "/v1/models" ? "/v1beta/models?pageSize=1000" : std::string(path);
      default:
        break;
    }
    throw Error(ErrorKind::configuration,
                fmt::format("Gemini has nothing like {}: ask it by a chat (/v1/chat/completions)", path));
  }
  std::string_view version() const noexcept override { return "/v1beta"; }
  std::string_view key_header() const noexcept override { return "x-goog-api-key"; }
  std::pair<std::string_view, std::string_view> version_header() const noexcept override { return {}; }

  Question question_of(std::string_view chat) const override { return gemini::question_of(chat); }
  std::optional<std::string> chat_of(std::string_view answer) const override { return gemini::chat_of(answer); }
  std::unique_ptr<EventTranslator> events() const override { return event_translator(); }
};

}  // namespace

const Dialect& dialect() noexcept {
  static const GenerateContentDialect generate_content;
  return generate_content;
}

}  // namespace headway::wire::gemini
