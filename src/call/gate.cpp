#include "call/gate.hpp"

#include <algorithm>
#include <utility>

#include "call/call.hpp"

namespace headway::call {
namespace {

using Clock = std::chrono::steady_clock;
using pace::time_point;

constexpr auto finest_wait = std::chrono::microseconds(100);
constexpr auto between_looks_at_spend = std::chrono::milliseconds(100);  // others may give it back
constexpr auto longest_wait = std::chrono::seconds(60);  // where no call is in flight whose end could be waited for

}  // namespace

void Gate::add(std::shared_ptr<Destination> destination, const Route& route) {
  destination->gates.push_back(this);
  order_.push_back(doors_.size());
  doors_.push_back({std::move(destination), route.weight, route.fallback});
}

std::optional<Gate::Turn> Gate::enter(std::shared_ptr<Call> call, bool again) {
  const auto now = Clock::now();
  auto& place = call->gate_place;
  place.waited_before = waited(now);
  if (line_.empty()) {
    if (auto turn = ask(*call, now)) return turn;
  }
  place.waits = true;
  place.in_line = line_.insert(again ? line_.begin() : line_.end(), std::move(call));
  return std::nullopt;
}

std::shared_ptr<void> Gate::waits_as_told(time_point until) {
  const auto place = told_.insert(until);
  return {this, [weak = weak_from_this(), place](void*) {
            if (const auto self = weak.lock()) self->told_.erase(place);
          }};
}

LimitedBy Gate::limited_by() const {
  if (!line_.empty()) return limited_by_;
  return told_.empty() || any_in_flight() ? LimitedBy::input : LimitedBy::server;
}

time_point Gate::resumes_at() const {
  if (!line_.empty()) return resumes_at_;
  return limited_by() == LimitedBy::server ? *told_.begin() : time_point::max();
}

bool Gate::any_in_flight() const {
  return std::ranges::any_of(doors_, [](const Door& door) { return door.destination->in_flight() > 0; });
}

Waited Gate::leave(Call& call) {
  if (!std::exchange(call.gate_place.waits, false)) return {};
  line_.erase(call.gate_place.in_line);
  return waited_by(call, Clock::now());
}

void Gate::settle(const Ticket& ticket, const pace::Attempt& attempt, Bill& bill) {
  doors_[ticket.route].destination->settle(ticket, attempt, bill, Clock::now());
}

void Gate::serve() {
  serve_line();
  for (const auto& door : doors_) {
    for (auto* gate : door.destination->gates) {
      if (gate != this) gate->serve_line();
    }
  }
}

// A call whose turn has come may end at once, and have served here itself: who is at it goes on.
void Gate::serve_line() {
  if (serves_ || (line_.empty() && limited_by_ == LimitedBy::input)) return;
  serves_ = true;
  const auto now = Clock::now();
  while (!line_.empty() && !closed_) {
    auto turn = ask(*line_.front(), now);
    if (!turn) break;
    const auto call = std::move(line_.front());
    line_.pop_front();
    call->gate_place.waits = false;
    call->take_turn(*std::move(turn));
  }
  serves_ = false;
  if (line_.empty() || closed_) nobody_waits(now);
}

/// Of the first in line; none: it has to wait. A fallback is asked only where no other door takes calls for want of quota or
/// because its server fails.
std::optional<Gate::Turn> Gate::ask(const Call& call, time_point now) {
  auto by = LimitedBy::input;
  auto ask_again = time_point::max();
  Turn turn;
  for (const auto index : order()) {
    auto& door = doors_[index];
    if (door.fallback && by == LimitedBy::concurrency) break;
    turn.ticket.route = index;
    auto answer = door.destination->ask(call.demand(), turn.ticket, now);
    if (answer.admitted) {
      charge(door);
      turn.refusal.reset();
      turn.waited = waited_by(call, now);
      return turn;
    }
    if (answer.refusal) {
      if (!turn.refusal) turn.refusal = std::move(answer.refusal);
      continue;
    }
    if (by == LimitedBy::input || answer.limited_by == LimitedBy::concurrency) by = answer.limited_by;
    ask_again = std::min(ask_again, answer.ask_again);
  }
  if (turn.refusal && by == LimitedBy::input) return turn;
  held_back(by, ask_again, now);
  return std::nullopt;
}

// Smooth weighted round robin (nginx): each call gives every door its weight, and takes all of them from the one it used.
const std::vector<std::size_t>& Gate::order() {
  if (doors_.size() == 1) return order_;
  std::ranges::stable_sort(order_, [this](std::size_t a, std::size_t b) {
    if (doors_[a].fallback || doors_[b].fallback)
      return doors_[a].fallback == doors_[b].fallback ? a < b : doors_[b].fallback;
    return doors_[a].credit + doors_[a].weight > doors_[b].credit + doors_[b].weight;
  });
  return order_;
}

void Gate::charge(Door& used) {
  if (used.fallback || doors_.size() == 1) return;
  for (auto& door : doors_) {
    if (door.fallback) continue;
    door.credit += door.weight;
    used.credit -= door.weight;
  }
}

void Gate::held_back(LimitedBy by, time_point ask_again, time_point now) {
  count_wait(now);
  limited_by_ = by;
  if (by == LimitedBy::spend) ask_again = std::min(ask_again, now + between_looks_at_spend);
  resumes_at_ = ask_again;
  serve_at(any_in_flight() ? ask_again : std::min(ask_again, now + longest_wait), now);
}

void Gate::nobody_waits(time_point now) {
  count_wait(now);
  limited_by_ = LimitedBy::input;
  if (armed_until_ == time_point::max()) return;
  armed_until_ = time_point::max();
  timer_.cancel();  // or it would keep the loop running
}

void Gate::serve_at(time_point time, time_point now) {
  if (time >= armed_until_) return;
  armed_until_ = std::max(time, now + finest_wait);
  timer_.expires_at(armed_until_);
  timer_.async_wait([weak = weak_from_this(), until = armed_until_](boost::system::error_code error) {
    const auto self = weak.lock();
    if (!self || error || until != self->armed_until_) return;
    self->armed_until_ = time_point::max();
    self->serve();
  });
}

void Gate::count_wait(time_point now) {
  waited_ = waited(now);
  limited_since_ = now;
}

Waited Gate::waited(time_point now) const {
  auto times = waited_;
  if (limited_by_ == LimitedBy::input) return times;
  (limited_by_ == LimitedBy::concurrency ? times.slot : times.quota) += now - limited_since_;
  return times;
}

Waited Gate::waited_by(const Call& call, time_point now) const {
  const auto all = waited(now);
  const auto& before = call.gate_place.waited_before;
  return {all.quota - before.quota, all.slot - before.slot};
}

bool Gate::shut(std::size_t route, const ErrorInfo& why) {
  const auto now = Clock::now();
  doors_[route].destination->shut(why, now);
  return std::ranges::any_of(doors_, [&](const Door& door) { return !door.destination->is_shut(now); });
}

pace::PaceSnapshot Gate::snapshot(time_point now) const {
  auto sum = doors_.front().destination->snapshot(now);
  for (std::size_t i = 1; i < doors_.size(); ++i) {
    const auto one = doors_[i].destination->snapshot(now);
    sum.in_flight += one.in_flight;
    sum.requests_per_minute += one.requests_per_minute;
    sum.requests_per_minute_allowed += one.requests_per_minute_allowed;
    sum.requests_limit_guessed |= one.requests_limit_guessed;
    sum.tokens_per_minute += one.tokens_per_minute;
    sum.tokens_per_minute_allowed += one.tokens_per_minute_allowed;
    sum.tokens_limit_guessed |= one.tokens_limit_guessed;
    if (sum.concurrency_limit && one.concurrency_limit) {
      *sum.concurrency_limit += *one.concurrency_limit;
    } else {
      sum.concurrency_limit.reset();
    }
  }
  return sum;
}

}  // namespace headway::call
