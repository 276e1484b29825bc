#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <thread>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

namespace headway::job {

/// Threads for work that would hold up a loop on which many others wait. There is none until there is such work. Lives on
/// that loop.
class SideThreads {
 public:
  using Work = std::function<void()>;
  /// Is given what the work has thrown.
  using Then = std::function<void(const std::exception_ptr&)>;

  /// One fewer than the machine has, since the loop needs one too; at least one, and few, as each holds memory.
  static std::size_t usual_count();

  explicit SideThreads(boost::asio::any_io_executor loop, std::size_t most = usual_count());
  SideThreads(const SideThreads&) = delete;
  SideThreads& operator=(const SideThreads&) = delete;
  /// Waits for work that has begun; what has not is let go of, without its `then`.
  ~SideThreads();

  /// `work` is done on another thread, and then `then` on the loop, which does not end before. Both are destroyed there.
  /// Where the system has no thread to give, it is done at once.
  void run(Work work, Then then);

  /// Nobody can wait for long any more: work may look for it. From any thread.
  void hurry() { hurried_ = true; }
  bool hurried() const { return hurried_; }

 private:
  struct Task;
  bool has_thread();

  boost::asio::any_io_executor loop_;
  std::size_t most_;
  std::size_t under_way_ = 0;
  std::atomic<bool> hurried_ = false;
  boost::asio::io_context queue_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> stay_{queue_.get_executor()};
  std::vector<std::thread> threads_;
};

}  // namespace headway::job
