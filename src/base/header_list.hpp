#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headway {

/// Names of HTTP headers are equal whatever their case (ASCII).
bool same_header_name(std::string_view a, std::string_view b) noexcept;

/// Whether a header of this name carries a key.
bool is_credential(std::string_view header_name) noexcept;

/// HTTP headers in the order they were sent. A name may stand more than once. All share one piece of memory, since every
/// answer has a dozen. What it gives out is valid until the list changes.
class HeaderList {
 public:
  using Field = std::pair<std::string_view, std::string_view>;

  void add(std::string_view name, std::string_view value);
  /// Takes the place of all fields of that name.
  void set(std::string_view name, std::string_view value);
  /// The first of that name.
  std::optional<std::string_view> find(std::string_view name) const noexcept;
  /// The same, empty where there is none.
  std::string_view value(std::string_view name) const noexcept { return find(name).value_or(std::string_view()); }
  void clear() noexcept;

  Field operator[](std::size_t index) const noexcept;
  std::size_t size() const noexcept { return places_.size(); }

  class Iterator {
   public:
    using value_type = Field;
    using difference_type = std::ptrdiff_t;

    Field operator*() const noexcept { return (*list_)[index_]; }
    Iterator& operator++() noexcept { return ++index_, *this; }
    Iterator operator++(int) noexcept { return {*list_, index_++}; }
    bool operator==(const Iterator& other) const noexcept { return index_ == other.index_; }

   private:
    friend class HeaderList;
    Iterator(const HeaderList& list, std::size_t index) noexcept : list_(&list), index_(index) {}
    const HeaderList* list_;
    std::size_t index_;
  };
  Iterator begin() const noexcept { return {*this, 0}; }
  Iterator end() const noexcept { return {*this, size()}; }

 private:
  struct Place {
    std::uint32_t start;
    std::uint32_t name_size;
    std::uint32_t value_size;
  };

  std::string text_;
  std::vector<Place> places_;
};

}  // namespace headway
