#pragma once

#include <memory>
#include <vector>

#include <nanobind/nanobind.h>

#include "fork.hpp"
#include "tasks.hpp"

namespace headway::python {

namespace nb = nanobind;

/// What was asked, for a thread that waits for its letters. Left without having had the last one, it is cancelled.
class Inbox {
 public:
  /// `start(address)` starts it.
  template <class Start>
  explicit Inbox(Start start) : task_(start(Address{mailbox_, 0})), made_after_(forks()) {}
  Inbox(Inbox&&) = delete;
  ~Inbox() { cancel(); }

  /// Waits, without the GIL, for the next letters. Runs Python's signal handlers, and throws what they raise. Throws Error
  /// (`configuration`) in a process that was forked since it was asked, since no letter would ever come there.
  std::vector<Letter> wait();
  /// See Task. Like cancel(), it does nothing if it is over.
  void taken(std::size_t letters);
  void cancel();

 private:
  std::shared_ptr<ThreadMailbox> mailbox_ = std::make_shared<ThreadMailbox>();
  std::shared_ptr<Task> task_;  // null once it is over
  unsigned made_after_;
};

void bind_inbox(nb::module_& module);

}  // namespace headway::python
