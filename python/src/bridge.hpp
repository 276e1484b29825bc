#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>

#include <nanobind/nanobind.h>

#include "tasks.hpp"

namespace headway::python {

namespace nb = nanobind;

/// Joins one asyncio loop to the engines: what was started here is told on that loop, by set_result() or set_exception()
/// of the future that came with it. Guarded by the GIL.
class Bridge {
 public:
  Bridge();
  Bridge(Bridge&&) = delete;
  ~Bridge();

  /// What the loop watches: readable when there is something to drain.
  int descriptor() const { return mailbox_->descriptor(); }
  /// Whether it is of this process: after a fork its letters come to the parent.
  bool alive() const { return made_after_ == forks(); }
  /// Tells the futures all that has come.
  void drain();

  /// Starts what `start(address)` starts and gives its number. `future`: a future; of what has many letters something
  /// that takes many results.
  template <class Start>
  std::uint64_t begin(nb::object future, Start start) {
    const auto number = next_++;
    auto task = start(Address{mailbox_, number});
    pending_.insert_or_assign(number, Pending{std::move(future), std::move(task)});
    return number;
  }
  /// Ends it; its future is told nothing more. Nothing happens if it is over.
  void cancel(std::uint64_t number);
  void taken(std::uint64_t number, std::size_t letters);
  /// Cancels all.
  void close();

 private:
  struct Pending {
    nb::object future;
    std::shared_ptr<Task> task;
  };
  void tell(Letter letter);

  std::shared_ptr<LoopMailbox> mailbox_ = std::make_shared<LoopMailbox>();
  std::unordered_map<std::uint64_t, Pending> pending_;
  std::uint64_t next_ = 1;
  unsigned made_after_;
};

void bind_bridge(nb::module_& module);

}  // namespace headway::python
