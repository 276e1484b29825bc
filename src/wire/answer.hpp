#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <headway/error.hpp>
#include <headway/response.hpp>

#include "base/money.hpp"

namespace headway::wire {

/// What a path answers with.
enum class Form : std::uint8_t {
  completion,
  chat,
  responses,
  embeddings,
  other,  ///< in JSON it may tell its usage, or an error
};

/// Of a path, also under another base: the last word decides.
Form form_of(std::string_view path) noexcept;

/// What came with a status of success. Its bytes are the caller's.
struct Answer {
  Answer() {}

  std::vector<Choice> choices;  ///< in the order of their index. Of embeddings: one without a text
  Usage usage;
  std::optional<Money> cost;  ///< the provider's own sum
  std::string model;
  std::string service_tier;
  std::string translated;  ///< its body in OpenAI's words, where it came in others; else empty
};

/// Reads an answer, once and wherever it goes. Gives why it is of no use, if so; usage, cost, model and tier are read all
/// the same. `body` is as before; with 64 bytes of spare capacity (SIMDJSON_PADDING) it is not copied. Never throws for
/// what a server may send. Errors:
///
/// `protocol`: no JSON object, no choices, fewer than `asked`, choices that cannot be told apart by `index`, or not finished.
/// More than were asked for are no fault: each says by its index which it is, and all were paid for. The message says the
/// kind of content and its size, and holds none of it.
///
/// The provider's own, at the top or inside a choice: the kind by its code, `server` if that says nothing. Its words are in
/// `provider_message` only, for the caller to black out what must not be shown.
///
/// `server`: the provider broke it off.
std::optional<Error> read_answer(std::string& body, Form form, Answer& answer, std::int64_t asked = 1);

}  // namespace headway::wire
