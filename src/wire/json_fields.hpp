#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <simdjson.h>

#include <headway/error.hpp>

#include "base/byte_order_mark.hpp"

// JSON as servers send it: only what is read must be readable. A field that nobody reads may hold half a surrogate, a
// number of any size, NaN. All functions on simdjson's values may throw simdjson_error, for what is no JSON at all.
namespace headway::wire {

/// The parser that calls on this thread share; its memory grows to the largest answer it has read.
simdjson::ondemand::parser& shared_parser();

/// Bodies above this size get a parser of their own, so that one huge answer leaves no huge parser behind.
inline constexpr std::size_t shared_parser_bytes = std::size_t{1} << 20;

/// What is wrong with a body in which simdjson found `code`: an Error of kind `protocol` that names the kind
/// of content and its size, and shows none of it.
Error unreadable(std::string_view body, simdjson::error_code code);

/// While it lives, the body has the zeros behind it that simdjson wants to be able to read. A byte order mark is left out.
class Padding {
 public:
  explicit Padding(std::string& body) : body_(body), size_(body.size()) {
    body_.append(simdjson::SIMDJSON_PADDING, '\0');
  }
  Padding(const Padding&) = delete;
  Padding& operator=(const Padding&) = delete;
  ~Padding() { body_.resize(size_); }

  simdjson::padded_string_view view() const {
    const std::size_t skipped = size_ - without_byte_order_mark(std::string_view(body_).substr(0, size_)).size();
    return simdjson::padded_string_view(body_.data() + skipped, size_ - skipped, body_.size() - skipped);
  }

 private:
  std::string& body_;
  std::size_t size_;
};

/// The kind of a value; none for what is no JSON, such as NaN.
std::optional<simdjson::ondemand::json_type> type_of(simdjson::ondemand::value value);

/// With half a surrogate pair, which RFC 8259 8.2 allows, as U+FFFD. Empty for what is no string.
std::string text_of(simdjson::ondemand::value value);

/// None for what is no whole number of 64 bits.
std::optional<std::int64_t> integer_of(simdjson::ondemand::value value);

/// The name of a field; empty where it cannot be read, which is none that anybody looks for.
inline std::string_view name_of(simdjson::ondemand::field& field) {
  std::string_view name;
  return field.unescaped_key().get(name) ? std::string_view() : name;
}

/// Gives each field of an object in turn to `on_field(name, value)`; nothing for what is none.
template <class OnField>
void each_field(simdjson::ondemand::value value, OnField on_field) {
  simdjson::ondemand::object fields;
  if (value.get_object().get(fields)) return;
  for (simdjson::ondemand::field field : fields) on_field(name_of(field), field.value());
}

/// The same for the items of an array.
template <class OnItem>
void each_item(simdjson::ondemand::value value, OnItem on_item) {
  simdjson::ondemand::array items;
  if (value.get_array().get(items)) return;
  for (simdjson::ondemand::value item : items) on_item(item);
}

/// Reads an object to its end, so that one that breaks off is noticed: gives each field in turn to
/// `on_field(name, value)`. `body` is as before when it returns; no copy is made if it has SIMDJSON_PADDING bytes of
/// spare capacity. Gives SUCCESS, or what is wrong with it as JSON.
template <class OnField>
simdjson::error_code read_fields(simdjson::ondemand::parser& parser, std::string& body, OnField on_field) try {
  const Padding padding(body);
  auto document = parser.iterate(padding.view());
  for (simdjson::ondemand::field field : document.get_object()) on_field(name_of(field), field.value());
  const bool at_end = document.current_location().error() == simdjson::OUT_OF_BOUNDS;
  return at_end ? simdjson::SUCCESS : simdjson::TAPE_ERROR;
} catch (const simdjson::simdjson_error& error) {
  return error.error();
}

template <class OnField>
simdjson::error_code read_fields(std::string& body, OnField on_field) {
  if (body.size() <= shared_parser_bytes) return read_fields(shared_parser(), body, on_field);
  simdjson::ondemand::parser parser;
  return read_fields(parser, body, on_field);
}

}  // namespace headway::wire
