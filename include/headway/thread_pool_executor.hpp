#pragma once

#include <concepts>
#include <cstddef>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <ranges>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace headway {

namespace detail {

/// A task in the pool's queue: it is run, or cancelled, once.
struct PoolTask {
  virtual ~PoolTask() = default;
  virtual void run() noexcept = 0;
  virtual void cancel() noexcept = 0;
};

std::exception_ptr pool_task_cancelled();

template <class Function, class... Arguments>
class CallTask final : public PoolTask {
 public:
  using result_type = std::invoke_result_t<Function, Arguments...>;

  template <class F, class... A>
  explicit CallTask(F&& function, A&&... arguments)
      : function_(std::forward<F>(function)), arguments_(std::forward<A>(arguments)...) {}

  std::future<result_type> get_future() { return promise_.get_future(); }

  void run() noexcept override {
    try {
      if constexpr (std::is_void_v<result_type>) {
        call();
        promise_.set_value();
      } else {
        promise_.set_value(call());
      }
    } catch (...) {
      promise_.set_exception(std::current_exception());
    }
  }
  void cancel() noexcept override { promise_.set_exception(pool_task_cancelled()); }

 private:
  // What the task holds is destroyed here, before its future is ready.
  result_type call() {
    auto function = std::move(function_);
    auto arguments = std::move(arguments_);
    return std::apply(std::move(function), std::move(arguments));
  }

  Function function_;
  std::tuple<Arguments...> arguments_;
  std::promise<result_type> promise_;
};

/// What map gives its function: the elements themselves where they outlive the iteration, else values.
template <class Range>
using mapped_t = std::conditional_t<std::ranges::forward_range<Range> &&
                                        std::is_lvalue_reference_v<std::ranges::range_reference_t<Range>>,
                                    std::ranges::range_reference_t<Range>, std::ranges::range_value_t<Range>>;

/// Waits for futures on every way out: what their tasks refer to is about to go.
template <class Result>
struct WaitedFutures : std::vector<std::future<Result>> {
  ~WaitedFutures() { wait(); }

  void wait() const {
    for (const auto& future : *this) {
      if (future.valid()) future.wait();
    }
  }
};

}  // namespace detail

/// A pool of threads that run functions: Python's `concurrent.futures.ThreadPoolExecutor`.
///
///     headway::ThreadPoolExecutor executor{2};
///     auto answer = executor.submit([&] { return llm.invoke(prompt); });
///     answer.get();
///
/// Threads are started as tasks come and no thread is idle, at most `max_workers`, and kept to the end. A task holds
/// its thread while its call waits; gather does not. Tasks start in the order in which they were submitted.
///
/// Thread safety: all members but the destructor may be called from any thread, the pool's own too.
class ThreadPoolExecutor {
 public:
  /// `max_workers` ≥ 1; 0 is an Error of kind `configuration`. Starts no thread yet.
  explicit ThreadPoolExecutor(std::size_t max_workers);
  ThreadPoolExecutor(const ThreadPoolExecutor&) = delete;
  ThreadPoolExecutor& operator=(const ThreadPoolExecutor&) = delete;
  /// As shutdown(): waits until all tasks, queued ones too, are done. In one of its own tasks it cannot wait: they are
  /// done all the same, by threads that nobody waits for.
  ~ThreadPoolExecutor();

  /// Queues `function(arguments...)`, copied or moved in as std::thread does (std::ref for references); the future has
  /// its result or its exception. The future's destructor does not wait. Throws Error (`configuration`) after
  /// shutdown() or if not one thread can be started, and then has queued nothing.
  template <class Function, class... Arguments>
    requires std::invocable<std::decay_t<Function>, std::decay_t<Arguments>...>
  auto submit(Function&& function, Arguments&&... arguments) {
    using Task = detail::CallTask<std::decay_t<Function>, std::decay_t<Arguments>...>;
    auto task = std::make_unique<Task>(std::forward<Function>(function), std::forward<Arguments>(arguments)...);
    auto future = task->get_future();
    enqueue(std::move(task));
    return future;
  }

  /// Calls `function(element)` for each element, in the pool, and returns the results in the order of the range
  /// (nothing for a function that returns nothing). Blocks until all are done; then the first failure in that order, if
  /// any, is thrown. Several threads call `function` at once. Elements are not copied, unless the range makes them as
  /// it goes. Not to be called in one of the pool's own tasks, which might wait for itself.
  template <class Function, std::ranges::input_range Range>
    requires std::invocable<Function&, detail::mapped_t<Range>>
  auto map(Function function, Range&& range) {
    using Element = detail::mapped_t<Range>;
    using Result = std::invoke_result_t<Function&, Element>;
    const auto call = [&function](Element element) -> Result { return function(std::forward<Element>(element)); };
    detail::WaitedFutures<Result> futures;
    for (auto&& element : range) {
      if constexpr (std::is_lvalue_reference_v<Element>) {
        futures.push_back(submit(call, std::ref(element)));
      } else {
        futures.push_back(submit(call, Element(std::forward<decltype(element)>(element))));
      }
    }
    futures.wait();
    if constexpr (std::is_void_v<Result>) {
      for (auto& future : futures) future.get();
    } else {
      std::vector<std::remove_cvref_t<Result>> results;
      results.reserve(futures.size());
      for (auto& future : futures) results.push_back(future.get());
      return results;
    }
  }

  /// No further submit(). With `cancel_futures`, tasks that have not started never do, and their futures throw Error
  /// (`cancelled`). With `wait`, returns when all other tasks are done and the threads have ended; in one of the pool's
  /// own tasks it cannot wait and returns at once. May be called more than once and from several threads.
  void shutdown(bool wait = true, bool cancel_futures = false);

  std::size_t max_workers() const noexcept;

 private:
  class Pool;

  void enqueue(std::unique_ptr<detail::PoolTask> task);

  std::shared_ptr<Pool> pool_;
};

}  // namespace headway
