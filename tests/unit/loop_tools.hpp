#pragma once

#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <headway/awaitable.hpp>
#include <headway/detail/stored.hpp>

// What a test needs to drive coroutines step by step, without a clock.
namespace headway::test {

/// Runs what is ready, and what gets ready by that.
inline void settle(boost::asio::io_context& loop) {
  loop.restart();
  loop.poll();
}

/// Where coroutines wait until the test opens it.
class Gate {
 public:
  explicit Gate(boost::asio::io_context& loop) : timer_(loop, boost::asio::steady_timer::time_point::max()) {}

  awaitable<void> pass() {
    while (!open_) {
      boost::system::error_code woken;
      co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, woken));
    }
  }

  void open() {
    open_ = true;
    timer_.cancel();
  }

 private:
  boost::asio::steady_timer timer_;
  bool open_ = false;
};

/// An awaitable that runs on the loop, and how it ended.
template <class T>
class Running {
 public:
  Running(boost::asio::io_context& loop, awaitable<T> main) {
    auto done = [this](std::exception_ptr thrown) {
      ++ends_;
      error_ = std::move(thrown);
    };
    boost::asio::co_spawn(loop, detail::keep(std::move(main), &result_),
                          boost::asio::bind_cancellation_slot(signal_.slot(), std::move(done)));
    settle(loop);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  void cancel(boost::asio::cancellation_type type = boost::asio::cancellation_type::terminal) { signal_.emit(type); }

  bool ended() const { return ends_ > 0; }
  int ends() const { return ends_; }
  const std::exception_ptr& error() const { return error_; }

  /// What it gave; throws what it threw.
  detail::stored_t<T>& result() {
    if (!ended()) throw std::logic_error("it has not ended");
    if (error_) std::rethrow_exception(error_);
    return *result_;
  }

 private:
  boost::asio::cancellation_signal signal_;
  std::optional<detail::stored_t<T>> result_;
  std::exception_ptr error_;
  int ends_ = 0;
};

}  // namespace headway::test
