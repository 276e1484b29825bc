#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <simdjson.h>

#include <headway/error.hpp>

namespace headway::wire {

/// The parser that calls on this thread share; its memory grows to the largest answer it has read.
simdjson::ondemand::parser& shared_parser();

/// Bodies above this size get a parser of their own, so that one huge answer leaves no huge parser behind.
inline constexpr std::size_t shared_parser_bytes = std::size_t{1} << 20;

/// What is wrong with a body in which simdjson found `code`: an Error of kind `protocol` that names the kind
/// of content and its size, and shows none of it.
Error unreadable(std::string_view body, simdjson::error_code code);

/// The provider's error that came with a status of success. Its words are in `provider_message` only.
Error failure_in_success(std::string_view body);

/// While it lives, the body has the zeros behind it that simdjson wants to be able to read.
class Padding {
 public:
  explicit Padding(std::string& body) : body_(body), size_(body.size()) {
    body_.append(simdjson::SIMDJSON_PADDING, '\0');
  }
  Padding(const Padding&) = delete;
  Padding& operator=(const Padding&) = delete;
  ~Padding() { body_.resize(size_); }

  simdjson::padded_string_view view() const { return simdjson::padded_string_view(body_.data(), size_, body_.size()); }

 private:
  std::string& body_;
  std::size_t size_;
};

/// Whether the value of a top-level "error" says that there is one.
inline bool is_error(simdjson::ondemand::value value) {
  if (value.is_null()) return false;
  return value.type() != simdjson::ondemand::json_type::string || !std::string_view(value.get_string()).empty();
}

/// Reads an answer to its end, so that one that breaks off is noticed: gives each field of the object in turn
/// to `on_field(name, value)`, which may throw simdjson_error. `body` is as before when it returns; no copy
/// is made if it has SIMDJSON_PADDING bytes of spare capacity. Throws Error: `protocol` if it is no JSON
/// object, the provider's error if it is an object with one.
template <class OnField>
void read_fields(simdjson::ondemand::parser& parser, std::string& body, OnField on_field) {
  bool failed = false;
  try {
    const Padding padding(body);
    auto document = parser.iterate(padding.view());
    for (auto field : document.get_object()) {
      const std::string_view name = field.unescaped_key();
      simdjson::ondemand::value value = field.value();
      if (name == "error") {
        failed = is_error(value);
      } else {
        on_field(name, value);
      }
    }
    const bool at_end = document.current_location().error() == simdjson::OUT_OF_BOUNDS;
    if (!at_end) throw simdjson::simdjson_error(simdjson::TAPE_ERROR);
  } catch (const simdjson::simdjson_error& error) {
    throw unreadable(body, error.error());
  }
  if (failed) throw failure_in_success(body);
}

template <class OnField>
void read_fields(std::string& body, OnField on_field) {
  if (body.size() <= shared_parser_bytes) return read_fields(shared_parser(), body, on_field);
  simdjson::ondemand::parser parser;
  read_fields(parser, body, on_field);
}

}  // namespace headway::wire
