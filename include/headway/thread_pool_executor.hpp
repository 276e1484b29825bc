#pragma once

#include <cstddef>
#include <exception>
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
        std::apply(std::move(function_), std::move(arguments_));
        promise_.set_value();
      } else {
        promise_.set_value(std::apply(std::move(function_), std::move(arguments_)));
      }
    } catch (...) {
      promise_.set_exception(std::current_exception());
    }
  }
  void cancel() noexcept override { promise_.set_exception(pool_task_cancelled()); }

 private:
  Function function_;
  std::tuple<Arguments...> arguments_;
  std::promise<result_type> promise_;
};

}  // namespace detail

/// A pool of threads that run functions: Python's `concurrent.futures.ThreadPoolExecutor`.
///
///     headway::ThreadPoolExecutor executor{2};
///     auto answer = executor.submit([&] { return llm.invoke(prompt); });
///     answer.get();
///
/// Threads are started as tasks come, at most `max_workers`. Each holds its thread while its call waits; gather does
/// not. Thread safety: all members but the destructor may be called from any thread. Do not destroy it from one of its
/// own tasks.
class ThreadPoolExecutor {
 public:
  /// `max_workers` ≥ 1; 0 is an Error of kind `configuration`.
  explicit ThreadPoolExecutor(std::size_t max_workers);
  ThreadPoolExecutor(const ThreadPoolExecutor&) = delete;
  ThreadPoolExecutor& operator=(const ThreadPoolExecutor&) = delete;
  /// Waits until all tasks, queued ones too, are done.
  ~ThreadPoolExecutor();

  /// Queues `function(arguments...)`, copied or moved in as std::thread does; the future has its result or its
  /// exception. Throws Error (`configuration`) after shutdown().
  template <class Function, class... Arguments>
  auto submit(Function&& function, Arguments&&... arguments) {
    using Task = detail::CallTask<std::decay_t<Function>, std::decay_t<Arguments>...>;
    auto task = std::make_unique<Task>(std::forward<Function>(function), std::forward<Arguments>(arguments)...);
    auto future = task->get_future();
    enqueue(std::move(task));
    return future;
  }

  /// Calls `function(element)` for each element, in the pool, and returns the results in the order of the range. Blocks
  /// until all are done; then the first failure in that order, if any, is thrown. Not to be called from one of the
  /// pool's own tasks: it would wait for itself.
  template <class Function, std::ranges::input_range Range>
  auto map(Function function, Range&& range) {
    using Element = std::ranges::range_value_t<Range>;
    using Result = std::invoke_result_t<Function&, Element>;
    const auto shared = std::make_shared<Function>(std::move(function));
    std::vector<std::future<Result>> futures;
    for (auto&& element : range) {
      futures.push_back(submit([shared](Element value) { return (*shared)(std::move(value)); },
                               std::forward<decltype(element)>(element)));
    }
    for (auto& future : futures) future.wait();
    if constexpr (std::is_void_v<Result>) {
      for (auto& future : futures) future.get();
    } else {
      std::vector<Result> results;
      results.reserve(futures.size());
      for (auto& future : futures) results.push_back(future.get());
      return results;
    }
  }

  /// No further submit(). With `wait`, returns when all tasks are done; with `cancel_futures`, tasks that have not
  /// started never do, and their futures throw Error (`cancelled`). May be called more than once.
  void shutdown(bool wait = true, bool cancel_futures = false);

  std::size_t max_workers() const noexcept;

 private:
  struct Pool;

  void enqueue(std::unique_ptr<detail::PoolTask> task);

  std::unique_ptr<Pool> pool_;
};

}  // namespace headway
