#include "wire/chat_question.hpp"

#include "wire/lenient_json.hpp"

namespace headway::wire {

bool asks_for_nothing(std::string_view name, simdjson::dom::element value) {
  bool flag = false;
  double number = 0;
  if (value.is_null()) return true;
  if (name == "web_search_options") return false;  // {} asks for a search
  if (json_of(value) == "{}" || json_of(value) == "[]") return true;
  if (!value.get(flag)) return flag == (name == "parallel_tool_calls");
  if (name == "seed" || value.get(number)) return false;
  return number == (name == "n" ? 1 : 0);
}

std::optional<DataUrl> data_url(std::string_view url) {
  constexpr std::string_view scheme = "data:", mark = ";base64,";
  const auto comma = url.find(mark);
  if (!url.starts_with(scheme) || comma == url.npos) return std::nullopt;
  return DataUrl{url.substr(scheme.size(), comma - scheme.size()), url.substr(comma + mark.size())};
}

std::string_view url_at(simdjson::dom::object part, std::string_view name) {
  const auto fields = object_at(part, name);
  return fields ? text_at(*fields, "url") : text_at(part, name);
}

std::optional<std::string> arguments_of(simdjson::dom::object function) {
  const auto arguments = text_at(function, "arguments");
  if (arguments.empty()) return "{}";
  LenientJson json;
  const auto fields = json.read(arguments);
  return fields ? std::optional(json_of(*fields)) : std::nullopt;
}

}  // namespace headway::wire
