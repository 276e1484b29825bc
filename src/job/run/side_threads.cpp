#include "job/run/side_threads.hpp"

#include <algorithm>
#include <memory>
#include <system_error>
#include <utility>

#include <boost/asio/post.hpp>

namespace headway::job {

struct SideThreads::Task {
  void do_work() noexcept {
    try {
      work();
    } catch (...) {
      thrown = std::current_exception();
    }
  }

  Work work;
  Then then;
  boost::asio::executor_work_guard<boost::asio::any_io_executor> loop;
  std::exception_ptr thrown;
};

std::size_t SideThreads::usual_count() {
  constexpr std::size_t most = 4;
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 2, most + 1) - 1;
}

SideThreads::SideThreads(boost::asio::any_io_executor loop, std::size_t most) : loop_(std::move(loop)), most_(most) {}

SideThreads::~SideThreads() {
  queue_.stop();
  for (auto& thread : threads_) thread.join();
}

void SideThreads::run(Work work, Then then) {
  auto task = std::make_shared<Task>(Task{std::move(work),
                                          [this, then = std::move(then)](const std::exception_ptr& thrown) {
                                            --under_way_;
                                            then(thrown);
                                          },
                                          boost::asio::make_work_guard(loop_), nullptr});
  ++under_way_;
  auto end = [](std::shared_ptr<Task> done) {
    const auto loop = done->loop.get_executor();
    boost::asio::post(loop, [done = std::move(done)] { done->then(done->thrown); });
  };
  if (has_thread()) {
    boost::asio::post(queue_, [task = std::move(task), end]() mutable {
      task->do_work();
      end(std::move(task));
    });
  } else {
    task->do_work();
    end(std::move(task));
  }
}

// A further one for work that would have to wait, as long as there may be one.
bool SideThreads::has_thread() {
  if (threads_.size() < std::min(most_, under_way_)) {
    try {
      threads_.emplace_back([this] { queue_.run(); });
    } catch (const std::system_error&) {
      most_ = threads_.size();
    }
  }
  return !threads_.empty();
}

}  // namespace headway::job
