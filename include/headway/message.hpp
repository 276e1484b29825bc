#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace headway {

/// One message of a chat: who says what.
struct Message {
  Message(std::string role_, std::string content_) : role(std::move(role_)), content(std::move(content_)) {}

  std::string role;     ///< "system", "developer", "user", "assistant" or "tool", passed on as it is
  std::string content;  ///< UTF-8
};

/// What a chat model is asked: a text (one message of the user) or a list of messages. UTF-8; anything else is an
/// error of kind `configuration` before it is sent. Inside a `co_await` expression give a list its own name first:
/// g++ 12 cannot compile a braced list of messages there.
class ChatPrompt {
 public:
  /// Any text: std::string, std::string_view, const char*.
  template <class Text>
    requires std::is_convertible_v<Text, std::string_view>
  ChatPrompt(const Text& text) {  // NOLINT(google-explicit-constructor)
    messages_.emplace_back("user", std::string(std::string_view(text)));
  }
  ChatPrompt(std::vector<Message> messages)  // NOLINT(google-explicit-constructor)
      : messages_(std::move(messages)) {}

  const std::vector<Message>& messages() const { return messages_; }

 private:
  std::vector<Message> messages_;
};

}  // namespace headway
