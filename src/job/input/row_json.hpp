#pragma once

#include <string>
#include <string_view>

#include <simdjson.h>

namespace headway::job {

/// Checks rows that are JSON objects, and keeps the last one. For one thread at a time.
///
/// JSON sets numbers no bounds, and simdjson does: a number beyond them (2^64, 1e999) stays in text() as it is and is 0 in
/// object(). Half a surrogate ("\ud83d", what is left of a text that was cut inside an emoji) is U+FFFD in both.
class RowJson {
 public:
  /// Returns what is wrong with the row, empty: nothing. `row`: simdjson may read on behind it, and it outlives text().
  std::string read(std::string_view row);
  /// simdjson may read on behind it.
  std::string_view text() const { return text_; }
  simdjson::dom::object object() const { return object_; }

 private:
  simdjson::error_code read_mended();

  std::string_view text_;
  std::string mended_;  // text_, if that is not the row itself
  simdjson::dom::parser parser_;
  simdjson::dom::element element_;
  simdjson::dom::object object_;
};

}  // namespace headway::job
