#pragma once

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <headway/awaitable.hpp>
#include <headway/detail/stored.hpp>
#include <headway/error.hpp>

namespace headway::detail {

/// Runs the loop on this thread until the awaitable is done, then gives its result or throws. What else is in flight
/// stays in the loop.
template <class T>
T block_on(boost::asio::io_context& loop, awaitable<T> main) {
  std::optional<stored_t<T>> result;
  std::exception_ptr error;
  loop.restart();
  boost::asio::co_spawn(loop, keep(std::move(main), &result), [&](std::exception_ptr thrown) {
    error = std::move(thrown);
    loop.stop();
  });
  loop.run();
  if (error) std::rethrow_exception(std::move(error));
  if (!result) throw Error(ErrorKind::cancelled, "the loop was stopped before what it ran was done");
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// The same on a loop of its own.
template <class T>
T block_on(awaitable<T> main) {
  boost::asio::io_context loop(1);
  return block_on(loop, std::move(main));
}

}  // namespace headway::detail
