#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headway {

/// Names of HTTP headers are equal whatever their case (ASCII).
bool same_header_name(std::string_view a, std::string_view b) noexcept;

/// HTTP headers in the order they were sent. A name may stand more than once.
class HeaderList {
 public:
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  /// Takes the place of all fields of that name.
  void set(std::string_view name, std::string value);
  /// The first of that name; valid until the list changes.
  std::optional<std::string_view> find(std::string_view name) const noexcept;
  /// The same, empty where there is none.
  std::string_view value(std::string_view name) const noexcept { return find(name).value_or(std::string_view()); }
  void clear() noexcept { fields_.clear(); }

  auto begin() const noexcept { return fields_.begin(); }
  auto end() const noexcept { return fields_.end(); }
  std::size_t size() const noexcept { return fields_.size(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

}  // namespace headway
