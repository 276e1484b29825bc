#include "base/header_list.hpp"

#include <algorithm>

namespace headway {
namespace {

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

}  // namespace

bool same_header_name(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, {}, lower, lower);
}

void HeaderList::set(std::string_view name, std::string value) {
  std::erase_if(fields_, [&](const auto& field) { return same_header_name(field.first, name); });
  add(std::string(name), std::move(value));
}

std::optional<std::string_view> HeaderList::find(std::string_view name) const noexcept {
  for (const auto& [key, value] : fields_) {
    if (same_header_name(key, name)) return value;
  }
  return std::nullopt;
}

}  // namespace headway
