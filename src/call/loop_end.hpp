#pragma once

#include <list>
#include <memory>
#include <mutex>

#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/execution_context.hpp>

namespace headway::call {

/// Something that must go with a loop, as Asio's own operations do: the core of a client with the loop it runs on, or
/// else core, calls and handlers, which own each other, would leak; a handler with the loop it is bound to, or else it
/// would be completed on a loop that is gone.
class LoopMember {
 public:
  /// The loop is being destroyed. Gives what is to be destroyed with it; called under a lock, so it destroys nothing.
  virtual std::shared_ptr<void> give_up() = 0;

 protected:
  ~LoopMember() = default;

 private:
  friend class LoopMembers;
  std::list<LoopMember*>::iterator place_;
  bool enrolled_ = false;
};

/// The members of one loop. Thread-safe; may outlive the loop.
class LoopMembers {
 public:
  static std::shared_ptr<LoopMembers> of(boost::asio::execution_context& loop);

  void add(LoopMember& member);
  void remove(LoopMember& member);
  /// Takes the member out and calls `then` before the loop can end; if it has ended, nothing.
  template <class Then>
  void leave(LoopMember& member, Then then) {
    const std::lock_guard lock(mutex_);
    if (take_out(member)) then();
  }
  /// The loop is being destroyed.
  void end();

 private:
  bool take_out(LoopMember& member);

  std::recursive_mutex mutex_;  // what is called under it may run a handler, which may start a call
  std::list<LoopMember*> all_;
};

/// The loop that the executor belongs to; null for executors of other kinds than Asio's loops and their strands.
boost::asio::execution_context* loop_of(const boost::asio::any_completion_executor& executor);

}  // namespace headway::call
