#pragma once

#include <type_traits>
#include <utility>

#include <boost/asio/io_context.hpp>

#include <headway/awaitable.hpp>
#include <headway/client.hpp>
#include <headway/detail/block_on.hpp>

namespace headway {

namespace detail {

/// While it lives, models without a client of their own use this one for asynchronous calls made on this thread.
class CurrentClient {
 public:
  explicit CurrentClient(boost::asio::any_io_executor executor);
  CurrentClient(const CurrentClient&) = delete;
  CurrentClient& operator=(const CurrentClient&) = delete;
  ~CurrentClient();

 private:
  Client client_;
  const Client* previous_;
};

}  // namespace detail

/// Runs an awaitable on this thread to its end and returns its result or throws its exception: the article's
/// `asyncio.run`. The loop, and a Client for the models that have none of their own, live as long as the call; what is
/// still in flight when the awaitable is done is cancelled. A blocking call inside it stops the loop meanwhile.
template <class T>
T run(awaitable<T> main) {
  boost::asio::io_context loop(1);
  const detail::CurrentClient client(loop.get_executor());
  return detail::block_on(loop, std::move(main));
}

/// The same for a function that makes the awaitable; it lives until the end, so a lambda may capture.
template <class Main>
  requires std::is_invocable_v<Main&>
auto run(Main&& main) {
  return run(main());
}

}  // namespace headway
