#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <queue>
#include <random>
#include <vector>

#include "pace/demand.hpp"
#include "unit/pace_start.hpp"

namespace headway::pace {

inline std::chrono::nanoseconds duration(double seconds) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

/// What a server of the tests does with a call that arrives at `now`: how it ends, and after how long.
struct Ending {
  std::chrono::nanoseconds after{0};
  Attempt attempt;
};
using Server = std::function<Ending(time_point now)>;

inline Ending ends(Result result, std::chrono::nanoseconds after) {
  Ending ending;
  ending.after = after;
  ending.attempt.result = result;
  if (result == Result::answered) {
    ending.attempt.to_first_byte = after;
    ending.attempt.to_end = after;
  }
  return ending;
}

/// The length of an answer, in tokens.
using Lengths = std::function<double()>;

inline Lengths long_tailed(double median) {
  return [random = std::mt19937(7), length = std::lognormal_distribution<double>(std::log(median), 1.0)]() mutable {
    return std::clamp(length(random), 1.0, 4000.0);
  };
}

/// Serves `slots` calls at a time, 50 tokens a second each after 100 ms; the others wait in its queue.
class QueueingServer {
 public:
  QueueingServer(std::size_t slots, Lengths lengths, bool streams)
      : slots_(slots), lengths_(std::move(lengths)), streams_(streams) {}

  Ending operator()(time_point now) {
    auto begins = now;
    if (free_at_.size() == slots_) {
      begins = std::max(begins, free_at_.top());
      free_at_.pop();
    }
    const double tokens = std::ceil(lengths_());
    const auto first = begins + duration(0.1);
    const auto end = first + duration(tokens / 50);
    free_at_.push(end);
    auto ending = ends(Result::answered, end - now);
    ending.attempt.output_tokens = static_cast<std::int64_t>(tokens);
    if (streams_) ending.attempt.to_first_byte = first - now;
    return ending;
  }

 private:
  std::priority_queue<time_point, std::vector<time_point>, std::greater<>> free_at_;
  std::size_t slots_;
  Lengths lengths_;
  bool streams_;
};

/// Holds `room` calls for `time` each; refuses the others after 20 ms.
class SmallServer {
 public:
  SmallServer(std::size_t room, std::chrono::nanoseconds time, Result refusal = Result::refused)
      : room_(room), time_(time), refusal_(refusal) {}

  Ending operator()(time_point now) {
    while (!ends_.empty() && ends_.front() <= now) ends_.pop();
    if (ends_.size() >= room_) return ends(refusal_, std::chrono::milliseconds(20));
    ends_.push(now + time_);
    return ends(Result::answered, time_);
  }

 private:
  std::size_t room_;
  std::chrono::nanoseconds time_;
  Result refusal_;
  std::queue<time_point> ends_;
};

/// Gives a gate, a Pacer or what has its face, more calls than it admits, in virtual time.
template <typename Gate>
class VirtualLoad {
 public:
  VirtualLoad(Gate& gate, Server server) : gate_(gate), server_(std::move(server)) {}

  void run_until(time_point until) {
    while (true) {
      const auto ask_again = send();
      const auto next = std::min(ends_.empty() ? time_point::max() : ends_.top().at, ask_again);
      if (next > until) break;
      now_ = next;
      if (!ends_.empty() && ends_.top().at <= now_) settle();
    }
    now_ = until;
  }
  void run_for(std::chrono::nanoseconds time) { run_until(now_ + time); }

  /// How many ended so in the time given.
  std::size_t count(Result result, std::chrono::nanoseconds time) {
    const auto before = counts_[result];
    run_for(time);
    return counts_[result] - before;
  }

  std::size_t ended(Result result) { return counts_[result]; }
  time_point now() const { return now_; }
  std::size_t in_flight() const { return ends_.size(); }
  std::size_t most_in_flight() const { return most_in_flight_; }

 private:
  struct End {
    time_point at;
    Reservation reservation;
    Attempt attempt;
    bool operator>(const End& other) const { return at > other.at; }
  };

  time_point send() {
    while (true) {
      const auto admission = gate_.admit(Demand{}, now_);
      if (!admission.admitted) return admission.ask_again;
      const auto ending = server_(now_);
      ends_.push({now_ + ending.after, admission.reservation, ending.attempt});
      most_in_flight_ = std::max(most_in_flight_, ends_.size());
      if (ends_.size() >= input_) return time_point::max();
    }
  }

  void settle() {
    const auto end = ends_.top();
    ends_.pop();
    ++counts_[end.attempt.result];
    gate_.settle(end.reservation, end.attempt, now_);
  }

  static constexpr std::size_t input_ = 20'000;  // calls alive at the most

  Gate& gate_;
  Server server_;
  time_point now_ = start;
  std::priority_queue<End, std::vector<End>, std::greater<>> ends_;
  std::map<Result, std::size_t> counts_;
  std::size_t most_in_flight_ = 0;
};

}  // namespace headway::pace
