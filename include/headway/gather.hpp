#pragma once

#include <optional>
#include <ranges>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <headway/awaitable.hpp>
#include <headway/detail/gather_operation.hpp>
#include <headway/options.hpp>
#include <headway/outcome.hpp>

namespace headway {

// Rules that hold for all of gather.
//
// Executor: children run on the awaiting coroutine's own executor, which must run one handler at a time (an io_context
// that one thread runs, or a strand), as for Asio's own parallel operations.
// Cancellation: cancelling the gather cancels its children, down to their sockets, and starts no more.
// Results: in the order of the input, whatever finishes first. A result type must be default-constructible (Asio's
// `co_spawn` asks for it).
// Lifetime: an lvalue range must live until the gather is done; its awaitables are moved out of it.

/// Awaits all awaitables of a range, at the same time, and returns what they give: the article's `asyncio.gather(*tasks)`.
/// The first failure cancels the rest; every child is awaited; then that failure is thrown. Over a range that makes its
/// awaitables lazily, at most `limit` of them are alive.
/// Returns `awaitable<std::vector<T>>`, or `awaitable<void>` for a range of `awaitable<void>`.
template <class Awaitables>
  requires detail::awaitable_range<Awaitables>
auto gather(Awaitables&& awaitables, GatherOptions options = {}) {
  auto gathered = detail::gather_range(std::views::all(std::forward<Awaitables>(awaitables)), options.limit, true);
  if constexpr (std::is_void_v<detail::awaited_t<Awaitables>>) {
    return detail::nothing_of(std::move(gathered));
  } else {
    return detail::values_of(std::move(gathered));
  }
}

/// The same for awaitables given one by one, of any types: a tuple of what they give, std::monostate for void.
template <class... T>
awaitable<std::tuple<detail::stored_t<T>...>> gather(awaitable<T>... awaitables) {
  std::tuple<std::optional<detail::stored_t<T>>...> results;
  std::vector<awaitable<void>> children;
  auto start = [&](auto&... result) { (children.push_back(detail::keep(std::move(awaitables), &result)), ...); };
  std::apply(start, results);
  auto all = gather(std::move(children));
  co_await std::move(all);
  auto unwrap = [](auto&... result) { return std::tuple<detail::stored_t<T>...>(std::move(*result)...); };
  co_return std::apply(unwrap, results);
}

/// As gather, but a failure is a value and cancels nothing: how each awaitable ended, in the order of the input. The
/// article's `return_exceptions=True`. An exception that is not headway's becomes an Error of kind `exception`.
/// Returns `awaitable<std::vector<Outcome<T>>>`; for `awaitable<void>`, T is std::monostate.
template <class Awaitables>
  requires detail::awaitable_range<Awaitables>
awaitable<std::vector<Outcome<detail::stored_t<detail::awaited_t<Awaitables>>>>> gather_outcomes(
    Awaitables&& awaitables, GatherOptions options = {}) {
  return detail::gather_range(std::views::all(std::forward<Awaitables>(awaitables)), options.limit, false);
}

}  // namespace headway
