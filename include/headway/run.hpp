#pragma once

#include <type_traits>
#include <utility>

#include <headway/awaitable.hpp>
#include <headway/detail/block_on.hpp>

namespace headway {

/// Runs an awaitable on this thread to its end and returns its result or throws its exception: the article's
/// `asyncio.run`. The loop, and a Client for the models that have none of their own, live as long as the call; what is
/// still in flight when the awaitable is done is cancelled. A blocking call inside it stops the loop meanwhile.
template <class T>
T run(awaitable<T> main) {
  return detail::result_of(std::move(main), [](awaitable<void> kept) { detail::run_with_client(std::move(kept)); });
}

/// The same for a function that makes the awaitable; it lives until the end, so a lambda may capture.
template <class Main>
  requires std::is_invocable_v<Main&>
auto run(Main&& main) {
  return run(main());
}

}  // namespace headway
