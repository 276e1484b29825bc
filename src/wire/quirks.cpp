#include "wire/quirks.hpp"

#include <cstddef>

#include "wire/json_fields.hpp"

namespace headway::wire {
namespace {

struct Place {
  std::size_t name = 0;   // behind the quote
  std::size_t value = 0;  // its first byte
  std::size_t end = 0;    // behind it
};

// Of each field in turn, to `on_field(name, place)`. False: it is no JSON object.
template <class OnField>
bool each_place(std::string& body, OnField on_field) try {
  const Padding padding(body);
  const auto view = padding.view();
  auto document = shared_parser().iterate(view);
  for (simdjson::ondemand::field field : document.get_object()) {
    Place place;
    place.name = static_cast<std::size_t>(field.key().raw() - body.data());
    const auto name = name_of(field);
    const std::string_view json = simdjson::to_json_string(field.value());
    place.value = static_cast<std::size_t>(json.data() - body.data());
    place.end = place.value + json.size();
    on_field(name, place);
  }
  return true;
} catch (const simdjson::simdjson_error&) {
  return false;
}

std::optional<Place> place_of(std::string& body, std::string_view wanted) {
  std::optional<Place> found;
  const bool read = each_place(body, [&](std::string_view name, const Place& place) {
    if (name == wanted) found = place;
  });
  return read ? found : std::nullopt;
}

bool says(const ProviderError& error, std::string_view words) {
  return error.message.find(words) != std::string::npos;
}

}  // namespace

Quirks quirks_in(int status, const ProviderError& error) {
  constexpr int bad_request = 400;
  Quirks quirks;
  const bool unsupported = error.code == "unsupported_parameter" || error.code == "unsupported_value";
  if (status != bad_request) return quirks;
  const bool names_both = says(error, "max_completion_tokens") && says(error, "max_tokens");
  quirks.max_completion_tokens = names_both && (unsupported || says(error, "instead") || says(error, "not supported"));
  quirks.no_temperature = unsupported && (error.param == "temperature" || says(error, "'temperature'"));
  return quirks;
}

std::optional<std::string> renamed_field(std::string body, std::string_view from, std::string_view to) {
  const auto place = place_of(body, from);
  if (!place || place_of(body, to)) return std::nullopt;
  const auto quote = body.find('"', place->name);
  return body.replace(place->name, quote - place->name, to);
}

std::optional<std::string> without_field(std::string body, std::string_view name) {
  const auto place = place_of(body, name);
  if (!place) return std::nullopt;
  const auto comma_before = body.find_last_of(",{", place->name - 1);
  const bool is_first = body[comma_before] == '{';
  const auto comma_behind = body.find_first_of(",}", place->end);
  const auto begin = is_first ? comma_before + 1 : comma_before;
  const auto end = is_first && body[comma_behind] == ',' ? comma_behind + 1 : comma_behind;
  return body.erase(begin, end - begin);
}

}  // namespace headway::wire
