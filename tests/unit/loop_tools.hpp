#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <exception>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <headway/awaitable.hpp>
#include <headway/detail/stored.hpp>
#include <headway/error.hpp>

// What a test needs to drive coroutines step by step, without a clock.
namespace headway::test {

using boost::asio::io_context;

/// Runs what is ready, and what gets ready by that.
inline void settle(io_context& loop) {
  loop.restart();
  loop.poll();
}

/// Where coroutines wait until the test opens it.
class Gate {
 public:
  explicit Gate(io_context& loop) : timer_(loop, boost::asio::steady_timer::time_point::max()) {}

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

/// Starts an awaitable, can cancel it, and sees its end. Not a template, so that co_spawn is compiled once.
class RunningTask {
 public:
  RunningTask(io_context& loop, awaitable<void> main) {
    auto done = [this](std::exception_ptr thrown) {
      ++ends_;
      error_ = std::move(thrown);
    };
    boost::asio::co_spawn(loop, std::move(main), boost::asio::bind_cancellation_slot(signal_.slot(), std::move(done)));
    settle(loop);
  }
  RunningTask(const RunningTask&) = delete;
  RunningTask& operator=(const RunningTask&) = delete;

  void cancel(boost::asio::cancellation_type type = boost::asio::cancellation_type::terminal) { signal_.emit(type); }

  bool ended() const { return ends_ > 0; }
  int ends() const { return ends_; }
  const std::exception_ptr& error() const { return error_; }
  /// Of what it threw.
  ErrorKind kind() const { return Error(error_).kind(); }

 private:
  boost::asio::cancellation_signal signal_;
  std::exception_ptr error_;
  int ends_ = 0;
};

/// The same with what it gave, a base because it must be there before the task starts.
template <class T>
class Running : std::optional<detail::stored_t<T>>, public RunningTask {
  using Result = std::optional<detail::stored_t<T>>;

 public:
  Running(io_context& loop, awaitable<T> main)
      : RunningTask(loop, detail::keep(std::move(main), static_cast<Result*>(this))) {}

  /// Throws what it threw.
  detail::stored_t<T>& result() {
    if (!ended()) throw std::logic_error("it has not ended");
    if (error()) std::rethrow_exception(error());
    return **static_cast<Result*>(this);
  }
};

/// Children that wait at gates, and how many of them have started, are alive, and have passed.
class GatedChildren : public testing::Test {
 protected:
  GatedChildren() {
    for (int i = 0; i < 10; ++i) gates_.emplace_back(loop_);
  }

  awaitable<int> wait(int i) {
    ++started_;
    const Alive alive(*this);
    co_await gate(i).pass();
    ++passed_;
    co_return i;
  }

  awaitable<int> fail(int i) {
    co_await wait(i);
    throw std::out_of_range("child " + std::to_string(i));
  }

  /// Takes its time to stop when it is cancelled.
  awaitable<int> clean_up(int i, Gate& cleaned) {
    std::exception_ptr cancelled;
    try {
      co_await wait(i);
    } catch (...) {
      cancelled = std::current_exception();
    }
    if (!cancelled) co_return i;
    co_await boost::asio::this_coro::reset_cancellation_state();
    co_await cleaned.pass();
    std::rethrow_exception(cancelled);
  }

  auto waits(int n) {
    return std::views::iota(0, n) | std::views::transform([this](int i) { return wait(i); });
  }

  Gate& gate(int i) { return gates_.at(static_cast<std::size_t>(i)); }
  void open(int i) {
    gate(i).open();
    settle(loop_);
  }
  void open_all() {
    for (auto& gate : gates_) gate.open();
    settle(loop_);
  }

  int started_ = 0;
  int passed_ = 0;
  int alive_ = 0;
  int most_alive_ = 0;
  io_context loop_{1};

 private:
  struct Alive {
    explicit Alive(GatedChildren& test_) : test(test_) { test.most_alive_ = std::max(test.most_alive_, ++test.alive_); }
    Alive(const Alive&) = delete;
    Alive& operator=(const Alive&) = delete;
    ~Alive() { --test.alive_; }
    GatedChildren& test;
  };

  std::deque<Gate> gates_;
};

inline awaitable<int> ready(int i) {
  co_return i;
}
inline awaitable<void> nothing() {
  co_return;
}
inline awaitable<int> throws() {
  throw std::length_error("at once");
  co_return 0;
}

}  // namespace headway::test
