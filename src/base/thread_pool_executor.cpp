#include <headway/thread_pool_executor.hpp>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>

#include <headway/error.hpp>

namespace headway {
namespace {

thread_local const void* pool_of_this_thread = nullptr;

}  // namespace

/// The threads share it, so it lives until the last of them has ended.
class ThreadPoolExecutor::Pool : public std::enable_shared_from_this<Pool> {
 public:
  explicit Pool(std::size_t max_workers) : max_workers_(max_workers) {}

  std::size_t max_workers() const noexcept { return max_workers_; }

  void enqueue(std::unique_ptr<detail::PoolTask> task) {
    const std::lock_guard lock(mutex_);
    if (stopped_) {
      throw Error(ErrorKind::configuration, "cannot submit to a ThreadPoolExecutor after shutdown");
    }
    if (idle_ <= queue_.size() && started_ < max_workers_) start_worker();
    queue_.push_back(std::move(task));
    work_.notify_one();
  }

  void stop(bool cancel_queued) {
    std::deque<std::unique_ptr<detail::PoolTask>> cancelled;
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
      if (cancel_queued) cancelled.swap(queue_);
      work_.notify_all();
    }
    for (const auto& task : cancelled) task->cancel();
  }

  /// Of several callers, one joins a thread; all wait until every thread has been joined.
  void join() {
    std::vector<std::thread> mine;
    std::unique_lock lock(mutex_);
    mine.swap(threads_);
    lock.unlock();
    for (auto& thread : mine) thread.join();
    lock.lock();
    joined_ += mine.size();
    all_joined_.notify_all();
    all_joined_.wait(lock, [this] { return joined_ == started_; });
  }

  void detach() {
    const std::lock_guard lock(mutex_);
    for (auto& thread : threads_) thread.detach();
    threads_.clear();
  }

  bool on_own_thread() const noexcept { return pool_of_this_thread == this; }

 private:
  void start_worker() {
    try {
      threads_.reserve(threads_.size() + 1);
      threads_.emplace_back([self = shared_from_this()] { self->work(); });
      ++started_;
    } catch (const std::system_error& e) {
      if (started_ > 0) return;  // fewer threads do the same work later
      throw Error(ErrorKind::configuration, std::string("cannot start a thread: ") + e.what());
    }
  }

  void work() {
    pool_of_this_thread = this;
    std::unique_lock lock(mutex_);
    while (auto task = next(lock)) {
      lock.unlock();
      task->run();
      task.reset();
      lock.lock();
    }
  }

  std::unique_ptr<detail::PoolTask> next(std::unique_lock<std::mutex>& lock) {
    ++idle_;
    work_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
    --idle_;
    if (queue_.empty()) return nullptr;
    auto task = std::move(queue_.front());
    queue_.pop_front();
    return task;
  }

  const std::size_t max_workers_;
  std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable all_joined_;
  std::deque<std::unique_ptr<detail::PoolTask>> queue_;
  std::vector<std::thread> threads_;
  std::size_t started_ = 0;
  std::size_t joined_ = 0;
  std::size_t idle_ = 0;  // workers that wait for a task, those that are being woken included
  bool stopped_ = false;
};

ThreadPoolExecutor::ThreadPoolExecutor(std::size_t max_workers) {
  if (max_workers == 0) {
    throw Error(ErrorKind::configuration, "max_workers of a ThreadPoolExecutor must be 1 or more");
  }
  pool_ = std::make_shared<Pool>(max_workers);
}

ThreadPoolExecutor::~ThreadPoolExecutor() {
  shutdown();
  if (pool_->on_own_thread()) pool_->detach();
}

void ThreadPoolExecutor::enqueue(std::unique_ptr<detail::PoolTask> task) {
  pool_->enqueue(std::move(task));
}

void ThreadPoolExecutor::shutdown(bool wait, bool cancel_futures) {
  pool_->stop(cancel_futures);
  if (wait && !pool_->on_own_thread()) pool_->join();
}

std::size_t ThreadPoolExecutor::max_workers() const noexcept {
  return pool_->max_workers();
}

namespace detail {

std::exception_ptr pool_task_cancelled() {
  return std::make_exception_ptr(
      Error(ErrorKind::cancelled, "the ThreadPoolExecutor was shut down before this task started"));
}

}  // namespace detail
}  // namespace headway
