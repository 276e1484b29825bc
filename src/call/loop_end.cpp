#include "call/loop_end.hpp"

#include <utility>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

namespace headway::call {
namespace {

namespace asio = boost::asio;

class LoopEnd final : public asio::execution_context::service {
 public:
  static asio::execution_context::id id;

  explicit LoopEnd(asio::execution_context& loop) : service(loop) {}

  const std::shared_ptr<LoopMembers> members = std::make_shared<LoopMembers>();

 private:
  void shutdown() override { members->end(); }
};

asio::execution_context::id LoopEnd::id;

template <class... Executors>
asio::execution_context* loop_of_any(const asio::any_completion_executor& executor) {
  asio::execution_context* loop = nullptr;
  const auto ask = [&](const auto* known) {
    if (known) loop = &asio::query(*known, asio::execution::context);
    return known != nullptr;
  };
  (ask(executor.target<Executors>()) || ...);
  return loop;
}

}  // namespace

std::shared_ptr<LoopMembers> LoopMembers::of(asio::execution_context& loop) {
  return asio::use_service<LoopEnd>(loop).members;
}

void LoopMembers::add(LoopMember& member) {
  const std::lock_guard lock(mutex_);
  member.place_ = all_.insert(all_.end(), &member);
  member.enrolled_ = true;
}

void LoopMembers::remove(LoopMember& member) {
  const std::lock_guard lock(mutex_);
  take_out(member);
}

bool LoopMembers::take_out(LoopMember& member) {
  const bool enrolled = std::exchange(member.enrolled_, false);
  if (enrolled) all_.erase(member.place_);
  return enrolled;
}

void LoopMembers::end() {
  std::vector<std::shared_ptr<void>> given_up;
  const std::lock_guard lock(mutex_);
  while (!all_.empty()) {
    auto& member = *all_.front();
    take_out(member);
    given_up.push_back(member.give_up());
  }
}

asio::execution_context* loop_of(const asio::any_completion_executor& executor) {
  using Loop = asio::io_context::executor_type;
  using Pool = asio::thread_pool::executor_type;
  return loop_of_any<Loop, asio::strand<Loop>, asio::strand<asio::any_io_executor>, Pool, asio::strand<Pool>>(executor);
}

}  // namespace headway::call
