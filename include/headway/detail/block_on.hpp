#pragma once

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <headway/awaitable.hpp>

namespace headway::detail {

/// Runs the loop on this thread until the awaitable is done, then gives its result or throws.
template <class T>
T block_on(boost::asio::io_context& loop, awaitable<T> main) {
  std::exception_ptr error;
  if constexpr (std::is_void_v<T>) {
    boost::asio::co_spawn(loop, std::move(main), [&](std::exception_ptr e) {
      error = e;
      loop.stop();
    });
    loop.run();
    if (error) std::rethrow_exception(error);
  } else {
    std::optional<T> result;
    boost::asio::co_spawn(loop, std::move(main), [&](std::exception_ptr e, T value) {
      error = e;
      result.emplace(std::move(value));
      loop.stop();
    });
    loop.run();
    if (error) std::rethrow_exception(error);
    return std::move(*result);
  }
}

/// The same on a loop of its own.
template <class T>
T block_on(awaitable<T> main) {
  boost::asio::io_context loop(1);
  return block_on(loop, std::move(main));
}

}  // namespace headway::detail
