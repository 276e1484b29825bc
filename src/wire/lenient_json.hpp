#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <simdjson.h>

namespace headway::wire {

/// A JSON object whose fields are looked up in any order, with half surrogates as U+FFFD. What it gives out is valid until
/// it reads again.
class LenientJson {
 public:
  /// None: it is no JSON object.
  std::optional<simdjson::dom::object> read(std::string_view json);

 private:
  simdjson::dom::parser parser_;
};

/// The text of a string field; empty: there is none.
std::string_view text_at(simdjson::dom::object object, std::string_view name);
/// An object's field that is one itself.
std::optional<simdjson::dom::object> object_at(simdjson::dom::object object, std::string_view name);
/// JSON in one line.
std::string json_of(simdjson::dom::element value);
std::string json_of(simdjson::dom::object value);

}  // namespace headway::wire
