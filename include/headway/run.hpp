#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include <headway/awaitable.hpp>
#include <headway/detail/block_on.hpp>
#include <headway/detail/stored.hpp>
#include <headway/options.hpp>

namespace headway {

/// Runs what `main(client)` gives on this thread to its end and returns its result or throws its exception: the article's
/// `asyncio.run`. The loop and the Client live as long as the call: `client` is what models use here that have none of
/// their own, made of `options`; its figures are asked for at the end of main. What is still in flight when main is done
/// is cancelled. A blocking call inside main stops the loop meanwhile. `main` lives until the end, so a lambda may capture.
template <class Main>
  requires std::is_invocable_v<Main&, const Client&>
auto run(Main&& main, const ClientOptions& options = {}) {
  using T = typename detail::awaited<std::invoke_result_t<Main&, const Client&>>::type;
  std::optional<detail::stored_t<T>> result;
  detail::run_with_client(options, [&](const Client& client) { return detail::keep<T>(main(client), &result); });
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// The same for an awaitable.
template <class T>
T run(awaitable<T> main) {
  return run([&](const Client&) { return std::move(main); });
}

/// The same for a function that makes the awaitable.
template <class Main>
  requires std::is_invocable_v<Main&>
auto run(Main&& main) {
  return run(main());
}

}  // namespace headway
