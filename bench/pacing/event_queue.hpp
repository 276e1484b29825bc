#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "pacing/clock.hpp"

namespace headway::pacing {

/// The virtual clock: it jumps from event to event. Events of the same time come in the order they were added.
class EventQueue {
 public:
  time_point now() const noexcept { return now_; }

  /// A time that is past is now.
  void add(time_point when, std::function<void()> what) {
    events_.push({std::max(when, now_), ++added_, std::move(what)});
  }

  void run_until(time_point end) {
    while (!events_.empty() && events_.top().when < end) {
      const auto what = std::move(const_cast<Event&>(events_.top()).what);
      now_ = events_.top().when;
      events_.pop();
      what();
    }
    now_ = end;
  }

 private:
  struct Event {
    time_point when;
    std::uint64_t number;
    std::function<void()> what;
    bool operator<(const Event& other) const noexcept {
      return when != other.when ? when > other.when : number > other.number;
    }
  };

  time_point now_ = start;
  std::uint64_t added_ = 0;
  std::priority_queue<Event> events_;
};

}  // namespace headway::pacing
