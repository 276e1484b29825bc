#pragma once

#include <chrono>
#include <optional>

#include "pace/demand.hpp"
#include "pace/queue_signal.hpp"

namespace headway::pace {

/// Lowers the limit on calls in flight where a server queues them and does not refuse.
///
/// To hold less in flight there gains nothing but shorter waits, and to hold too little loses throughput. So it takes
/// all of this evidence:
/// 1. over 256 answers more than half of all calls in flight only wait, each 2 s or more (a third and 0.5 s where the
///    limit found itself, so that it may be far too high);
/// 2. the limit is then lowered by 30 %, but not below what is being served and a half more, on trial: once no more are
///    in flight than that, 256 answers must take no longer than before, but for chance.
/// If so, the next step follows while 1 holds. If not, the limit is what it was: what rose was no queue. The next trial
/// is a minute later, after each one that failed twice as long.
/// A constant delay, however long and with however many in flight, fails 1: nothing is above the floor.
class QueueControl {
 public:
  explicit QueueControl(bool limit_finds_itself) noexcept : eager_(limit_finds_itself) {}

  /// A good answer; `in_flight`: with it. Returns the new limit, if it is to be another one.
  std::optional<double> answered(const Attempt& attempt, double in_flight, double limit, time_point now) noexcept;
  /// Something else has lowered the limit: a trial would not tell what it cost.
  void give_up() noexcept;

  /// Whether more in flight would only wait longer, or would spoil a trial.
  bool holds_growth() const noexcept { return holds_growth_ || state_ != State::watching; }

 private:
  enum class State { watching, draining, judging };

  bool waits(const QueueSample& sample) const noexcept;
  std::optional<double> watch(const QueueSample& sample, double in_flight, double limit, time_point now) noexcept;
  std::optional<double> judge(const QueueSample& sample, double in_flight, double limit, time_point now) noexcept;
  std::optional<double> step(const QueueSample& sample, double in_flight, double limit) noexcept;
  double take_back(time_point now) noexcept;

  QueueSignal signal_;
  State state_ = State::watching;
  bool eager_;
  bool holds_growth_ = false;
  bool queues_ = false;  // a trial has shown it
  int samples_ = 0;
  double seconds_ = 0;         // of those samples
  double seconds_before_ = 0;  // of as many before the first step
  double limit_before_ = 0;    // this step
  time_point no_trial_before_ = time_point::min();
  std::chrono::nanoseconds pause_{0};
};

}  // namespace headway::pace
