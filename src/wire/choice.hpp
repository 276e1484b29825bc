#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <simdjson.h>

#include <headway/error.hpp>
#include <headway/response.hpp>

namespace headway::wire {

/// Reads one choice, of a whole answer or of an event of a streamed one, field by field. May throw simdjson_error.
class ChoiceReader {
 public:
  ChoiceReader() {}

  /// All fields of one in "choices"; what is no object has none.
  void read(simdjson::ondemand::value choice);
  /// A text, or parts of which some are text.
  void read_content(simdjson::ondemand::value content);
  /// Appends what a message in an "output" says.
  void add(ChoiceReader message);
  /// Something besides text.
  void has_more() { choice_.has_more_than_text = says_anything_ = true; }
  void ended(std::string reason) {
    choice_.finish_reason = std::move(reason);
    says_anything_ = true;
  }

  /// What was read; the refusal is its text where there is no content.
  Choice take();
  std::optional<std::int64_t> index() const { return index_; }
  /// There is an index, and it is no whole number.
  bool has_odd_index() const { return has_odd_index_; }
  /// A text, a message or a word of its end came.
  bool says_anything() const { return says_anything_; }
  /// That the provider broke it off, by its own words where it has any; none: it did not.
  std::optional<Error> failure() const;

 private:
  void read_field(std::string_view name, simdjson::ondemand::value value);
  void read_message(simdjson::ondemand::value message);
  void read_part(simdjson::ondemand::value part);

  Choice choice_;
  std::optional<std::int64_t> index_;
  std::string refusal_;
  std::string error_;  // JSON
  bool has_odd_index_ = false;
  bool says_anything_ = false;
};

/// Whether the value of an "error" says that there is one. Go's servers put `{}`, "" or an object of empty fields beside
/// good answers. Gives its JSON, which is valid as long as what it is read from. May throw simdjson_error.
std::optional<std::string_view> error_in(simdjson::ondemand::value value);

/// The provider's error that came with a status of success. Its words are in `provider_message` only.
Error failure_in_success(std::string_view json);

}  // namespace headway::wire
