#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/sse.hpp"

namespace headway::wire {

/// Puts the events of one streamed answer into OpenAI's words. A state machine without I/O.
class EventTranslator {
 public:
  virtual ~EventTranslator() = default;

  /// The chunks of a chat completion that an event means, in JSON, or "[DONE]"; none: it says nothing that they could.
  /// Throws Error (`protocol`) for what is no JSON object.
  virtual std::vector<std::string> chunks_of(const SseEvent& event) = 0;
};

/// A chat in a provider's words.
struct Question {
  Question(std::string its_body, std::string its_path) : body(std::move(its_body)), path(std::move(its_path)) {}

  std::string body;
  std::string path;  ///< where what is asked stands in it too; empty: Dialect::path_of's
};

/// How a provider says what OpenAI's chat completions say. headway asks and reads in OpenAI's words, as most servers do. Where
/// a call's route leads to one that does not, the chat is put into that provider's words once the route is known, and its
/// answer back. An object for each protocol, stateless.
class Dialect {
 public:
  virtual ~Dialect() = default;

  /// The provider's path for one of OpenAI's. Others are its own, and stay. Throws Error (`configuration`) for one of OpenAI's
  /// that it has nothing like.
  virtual std::string path_of(std::string_view path) const = 0;
  /// What its paths begin with, as OpenAI's with "/v1".
  virtual std::string_view version() const noexcept { return "/v1"; }
  /// The header that holds a key; empty: "Authorization", as a bearer's.
  virtual std::string_view key_header() const noexcept = 0;
  /// A header that each request has, and its value; empty: there is none.
  virtual std::pair<std::string_view, std::string_view> version_header() const noexcept = 0;

  /// The body of POST /v1/chat/completions in its words. Throws Error (`configuration`) that names a field that it cannot say.
  virtual Question question_of(std::string_view chat) const = 0;
  /// The body of its answer as a chat completion's; none: it is no answer, but an error, or unreadable.
  virtual std::optional<std::string> chat_of(std::string_view answer) const = 0;
  virtual std::unique_ptr<EventTranslator> events() const = 0;
};

/// That of a provider by its name, "anthropic" or "gemini". Null: it speaks OpenAI's words.
const Dialect* dialect_of(std::string_view provider) noexcept;

}  // namespace headway::wire
