#pragma once

#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <headway/awaitable.hpp>
#include <headway/detail/gather_operation.hpp>
#include <headway/options.hpp>
#include <headway/outcome.hpp>

namespace headway {

// Rules that hold for all of gather and for as_completed.
//
// Executor: children run on the awaiting coroutine's own executor, which must run one handler at a time (an io_context
// that one thread runs, or a strand), as for Asio's own parallel operations. They start when the gather is awaited.
// Cancellation: the kind `terminal`, which is what a coroutine takes by default, cancels the children, down to their
// sockets, and starts no more; the gather still awaits those that had started.
// Results: in the order of the input, whatever finishes first. Any movable type.
// Lifetime: a container is given away, as std::move(tasks), since its awaitables are taken out of it. It and views are
// moved in and live until every child has ended, with the lambdas in them: these may be coroutines with captures. A loop
// that is destroyed meanwhile destroys the gather and its children.
// Errors: an awaitable that was awaited before fails with an Error of kind `configuration`. If the range itself throws,
// that is the failure of the element it should have given, and its end.

/// Awaits all awaitables of a range at the same time and returns what they give: the article's
/// `asyncio.gather(*tasks)`. The first failure cancels the rest; every child is awaited; then that failure is thrown,
/// as what it was. Over a range that makes its awaitables lazily, at most `limit` of them are alive. Cancelled before
/// all had started, it throws an Error of kind `cancelled` if nothing else failed. Of an empty range: an empty vector.
/// Returns `awaitable<std::vector<T>>`, or `awaitable<void>` for a range of `awaitable<void>`.
template <class Awaitables>
  requires detail::awaitable_range<Awaitables>
auto gather(Awaitables&& awaitables, GatherOptions options = {}) {
  auto source = detail::make_source(std::forward<Awaitables>(awaitables));
  auto gathered = detail::gather_source(std::move(source), options.limit, true);
  if constexpr (std::is_void_v<detail::awaited_t<Awaitables>>) {
    return detail::nothing_of(std::move(gathered));
  } else {
    return detail::values_of(std::move(gathered));
  }
}

/// The same for awaitables given one by one, of any types: a tuple of what they give, std::monostate for void.
template <class... T>
awaitable<std::tuple<detail::stored_t<T>...>> gather(awaitable<T>... awaitables) {
  auto results = std::make_unique<detail::results_t<T...>>();
  std::vector<awaitable<void>> children;
  auto add = [&](auto&... result) { (children.push_back(detail::keep(std::move(awaitables), &result)), ...); };
  std::apply(add, *results);
  return detail::tuple_of<T...>(gather(std::move(children)), std::move(results));
}

/// As gather, but a failure is a value and cancels nothing: how each awaitable ended, in the order of the input. The
/// article's `return_exceptions=True`. An exception that is not headway's becomes an Error of kind `exception`.
/// Returns `awaitable<std::vector<Outcome<T>>>`; for `awaitable<void>`, T is std::monostate.
/// When it is cancelled it throws nothing: awaitables that ended keep their outcome, the others end as `cancelled`.
/// Those that never started have an outcome too if the range knows its size; if not, the vector ends with the last that
/// did.
template <class Awaitables>
  requires detail::awaitable_range<Awaitables>
awaitable<std::vector<Outcome<detail::stored_t<detail::awaited_t<Awaitables>>>>> gather_outcomes(
    Awaitables&& awaitables, GatherOptions options = {}) {
  auto source = detail::make_source(std::forward<Awaitables>(awaitables));
  return detail::gather_source(std::move(source), options.limit, false);
}

}  // namespace headway
