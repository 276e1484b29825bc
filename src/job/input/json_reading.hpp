#pragma once

#include <string>
#include <string_view>

#include <simdjson.h>

namespace headway::job {

/// The shortest digits that read back as the same number. It is finite.
std::string json_number(double number);

/// Why `text` is not valid JSON and where; empty: it is. Slow: for what is known to be bad, or small.
std::string json_fault(std::string_view text);

/// Calls `visit(name, begin, value)` for each field of a JSON object: its name unescaped, where the field begins, and its
/// value, to be read once. `object`: valid, and simdjson may read on behind it. May throw simdjson_error.
template <class Visit>
void each_field(simdjson::ondemand::parser& parser, std::string_view object, Visit visit) {
  simdjson::ondemand::document document =
      parser.iterate(object.data(), object.size(), object.size() + simdjson::SIMDJSON_PADDING);
  for (auto field : document.get_object()) {
    const char* begin = field.key().value().raw() - 1;  // before unescaped_key(), which consumes it
    const std::string_view name = field.unescaped_key();
    visit(name, begin, simdjson::ondemand::value(field.value()));
  }
}

}  // namespace headway::job
