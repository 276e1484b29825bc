#pragma once

#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#include <headway/awaitable.hpp>
#include <headway/detail/stored.hpp>

namespace boost::asio {
class io_context;
}

namespace headway {
class Client;
struct ClientOptions;
}  // namespace headway

namespace headway::detail {

/// Runs the loop on this thread until the awaitable is done, and throws what it threw. What else is in flight stays in the
/// loop. Throws Error (`cancelled`) if the loop was stopped before. In the library, so that no user's file compiles a loop.
void run_to_end(boost::asio::io_context& loop, awaitable<void> main);

/// The same on a loop of its own.
void run_to_end(awaitable<void> main);

/// The same, with a client of that loop for the models that have none of their own; `make` is given it.
void run_with_client(const ClientOptions& options, const std::function<awaitable<void>(const Client&)>& make);

/// Gives what the awaitable gives, which `run` runs to its end.
template <class T, class Run>
T result_of(awaitable<T> main, Run run) {
  std::optional<stored_t<T>> result;
  run(keep(std::move(main), &result));
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

template <class T>
T block_on(boost::asio::io_context& loop, awaitable<T> main) {
  return result_of(std::move(main), [&](awaitable<void> kept) { run_to_end(loop, std::move(kept)); });
}

template <class T>
T block_on(awaitable<T> main) {
  return result_of(std::move(main), [](awaitable<void> kept) { run_to_end(std::move(kept)); });
}

}  // namespace headway::detail
