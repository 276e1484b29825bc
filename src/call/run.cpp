#include <headway/run.hpp>

#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <headway/client.hpp>
#include <headway/error.hpp>

#include "call/model_state.hpp"

namespace headway::detail {
namespace {

thread_local const Client* current = nullptr;

/// While it lives, models without a client of their own use this one for asynchronous calls made on this thread.
class CurrentClient {
 public:
  CurrentClient(boost::asio::any_io_executor executor, const ClientOptions& options)
      : client_(std::move(executor), options), previous_(std::exchange(current, &client_)) {}
  CurrentClient(const CurrentClient&) = delete;
  CurrentClient& operator=(const CurrentClient&) = delete;
  ~CurrentClient() { current = previous_; }

  const Client& client() const { return client_; }

 private:
  Client client_;
  const Client* previous_;
};

}  // namespace

const Client* current_client() {
  return current;
}

void run_to_end(boost::asio::io_context& loop, awaitable<void> main) {
  bool done = false;
  std::exception_ptr error;
  loop.restart();
  boost::asio::co_spawn(loop, std::move(main), [&](std::exception_ptr thrown) {
    done = true;
    error = std::move(thrown);
    loop.stop();
  });
  loop.run();
  if (error) std::rethrow_exception(std::move(error));
  if (!done) throw Error(ErrorKind::cancelled, "the loop was stopped before what it ran was done");
}

void run_to_end(awaitable<void> main) {
  boost::asio::io_context loop(1);
  run_to_end(loop, std::move(main));
}

void run_with_client(const ClientOptions& options, const std::function<awaitable<void>(const Client&)>& make) {
  boost::asio::io_context loop(1);
  const CurrentClient current_one(loop.get_executor(), options);
  run_to_end(loop, make(current_one.client()));
}

}  // namespace headway::detail
