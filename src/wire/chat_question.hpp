#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <simdjson.h>

// What those who put a chat of OpenAI's into other words read of it.
namespace headway::wire {

/// Whether a field says no more than its absence would: null, false, nothing in it, or OpenAI's default.
bool asks_for_nothing(std::string_view name, simdjson::dom::element value);

struct DataUrl {
  std::string_view type, data;
};

/// "data:image/png;base64,AAAA"; none: it is another URL.
std::optional<DataUrl> data_url(std::string_view url);

/// The URL of a part like "image_url": {"url": ...}, or the text that stands there itself.
std::string_view url_at(simdjson::dom::object part, std::string_view name);

/// The arguments of a function's call, which stand in a text, as JSON; none: they are no object.
std::optional<std::string> arguments_of(simdjson::dom::object function);

/// The parts of a message's content, or its text, in turn to `on_part(element)`; null and "" have none. False: it is neither.
template <class OnPart>
bool each_part(simdjson::dom::object message, OnPart on_part) {
  simdjson::dom::element content;
  if (message["content"].get(content) || content.is_null()) return true;
  std::string_view text;
  simdjson::dom::array parts;
  if (!content.get(text)) {
    if (!text.empty()) on_part(content);
    return true;
  }
  if (content.get(parts)) return false;
  for (const simdjson::dom::element part : parts) on_part(part);
  return true;
}

}  // namespace headway::wire
