#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <ranges>
#include <type_traits>
#include <utility>

#include <headway/awaitable.hpp>
#include <headway/detail/stored.hpp>

namespace headway::detail {

/// What an awaitable of the range gives.
template <class Range>
using awaited_t = typename awaited<std::remove_cvref_t<std::ranges::range_reference_t<Range>>>::type;

/// A range whose awaitables can be moved out of it.
template <class Range>
concept awaitable_range = std::ranges::input_range<Range> && std::ranges::viewable_range<Range> &&
                          requires(std::ranges::iterator_t<Range>& it) { awaitable<awaited_t<Range>>(std::move(*it)); };

/// A range of awaitables, whatever its type: what takes it is compiled once for each T, not for each range.
template <class T>
class Source {
 public:
  static constexpr std::size_t unknown = std::numeric_limits<std::size_t>::max();

  explicit Source(std::size_t size) : size_(size) {}
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;

  /// Nothing at the end, after which it must not be called again. Throws what the range throws.
  virtual std::optional<awaitable<T>> next() = 0;
  /// How many there are in all, or `unknown`.
  std::size_t size() const { return size_; }

 private:
  std::size_t size_;
};

template <class View>
class RangeSource final : public Source<awaited_t<View>> {
  using Awaitable = awaitable<awaited_t<View>>;

 public:
  explicit RangeSource(View view) : Source<awaited_t<View>>(size_of(view)), view_(std::move(view)) {}

  // The range goes on only when the next is asked for: it may make its elements, or wait for them.
  std::optional<Awaitable> next() override {
    if (position_) {
      ++*position_;
    } else {
      position_.emplace(std::ranges::begin(view_));
    }
    if (*position_ == std::ranges::end(view_)) return std::nullopt;
    return Awaitable(std::move(**position_));
  }

 private:
  static std::size_t size_of(View& view) {
    if constexpr (std::ranges::sized_range<View>) {
      return static_cast<std::size_t>(std::ranges::size(view));
    } else {
      return Source<awaited_t<View>>::unknown;
    }
  }

  View view_;
  std::optional<std::ranges::iterator_t<View>> position_;
};

/// A container that stays with its owner, who may want to use it again.
template <class Range>
constexpr bool is_lent_container =
    std::is_lvalue_reference_v<Range> && !std::ranges::view<std::remove_cvref_t<Range>> &&
    std::is_lvalue_reference_v<std::ranges::range_reference_t<Range>>;

template <class Range>
std::unique_ptr<Source<awaited_t<Range>>> make_source(Range&& range) {
  static_assert(!is_lent_container<Range>, "awaitables are taken out of their container: gather(std::move(tasks))");
  return std::make_unique<RangeSource<std::views::all_t<Range>>>(std::views::all(std::forward<Range>(range)));
}

}  // namespace headway::detail
