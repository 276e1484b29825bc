#pragma once

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include <headway/awaitable.hpp>

namespace headway::detail {

/// What an awaitable gives: `awaited<awaitable<T>>::type` is T.
template <class A>
struct awaited;
template <class T>
struct awaited<awaitable<T>> {
  using type = T;
};

/// What is kept of an awaitable that gives a T.
template <class T>
using stored_t = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

/// Awaits and keeps what it gives; `result` must live until then.
template <class T>
awaitable<void> keep(awaitable<T> child, std::optional<stored_t<T>>* result) {
  if constexpr (std::is_void_v<T>) {
    co_await std::move(child);
    result->emplace();
  } else {
    result->emplace(co_await std::move(child));
  }
}

}  // namespace headway::detail
