#include "base/header_list.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace headway {
namespace {

constexpr std::size_t usual_bytes = 400;
constexpr std::size_t usual_fields = 12;

}  // namespace

bool same_header_name(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, {}, lower, lower);
}

bool is_credential(std::string_view header_name) noexcept {
  constexpr std::string_view names[] = {"authorization", "proxy-authorization", "api-key",
                                        "x-api-key",     "x-goog-api-key",      "cookie"};
  return std::ranges::any_of(names, [&](std::string_view name) { return same_header_name(name, header_name); });
}

void HeaderList::add(std::string_view name, std::string_view value) {
  if (places_.empty()) {
    places_.reserve(usual_fields);
    text_.reserve(usual_bytes);
  }
  places_.push_back({static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(name.size()),
                     static_cast<std::uint32_t>(value.size())});
  text_.append(name).append(value);
}

void HeaderList::set(std::string_view name, std::string_view value) {
  const std::string new_name(name), new_value(value);  // they may be views of this list
  std::erase_if(places_, [&](const Place& place) {
    return same_header_name(std::string_view(text_).substr(place.start, place.name_size), new_name);
  });
  add(new_name, new_value);
}

std::optional<std::string_view> HeaderList::find(std::string_view name) const noexcept {
  for (const auto& [key, value] : *this) {
    if (same_header_name(key, name)) return value;
  }
  return std::nullopt;
}

void HeaderList::clear() noexcept {
  text_.clear();
  places_.clear();
}

HeaderList::Field HeaderList::operator[](std::size_t index) const noexcept {
  const auto& place = places_[index];
  const auto text = std::string_view(text_).substr(place.start);
  return {text.substr(0, place.name_size), text.substr(place.name_size, place.value_size)};
}

}  // namespace headway
