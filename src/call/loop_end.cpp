#include "call/loop_end.hpp"

#include <memory>

#include "call/core.hpp"

namespace headway::call {

boost::asio::execution_context::id LoopEnd::id;

LoopEnd& LoopEnd::of(const boost::asio::any_io_executor& executor) {
  return boost::asio::use_service<LoopEnd>(executor.context());
}

void LoopEnd::add(Core& core) {
  const std::lock_guard lock(mutex_);
  cores_.insert(&core);
}

void LoopEnd::remove(Core& core) {
  const std::lock_guard lock(mutex_);
  cores_.erase(&core);
}

void LoopEnd::shutdown() {
  while (const auto core = take_one()) core->loop_ended();
}

std::shared_ptr<Core> LoopEnd::take_one() {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<Core> core;
  while (!core && !cores_.empty()) core = cores_.extract(cores_.begin()).value()->weak_from_this().lock();
  return core;
}

}  // namespace headway::call
