#include "call/gate.hpp"

#include <algorithm>
#include <utility>

#include "call/call.hpp"

namespace headway::call {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto finest_wait = std::chrono::microseconds(100);
constexpr auto longest_wait = std::chrono::seconds(60);
constexpr auto between_tries = std::chrono::seconds(30);  // of an endpoint that is shut

}  // namespace

Gate::Gate(boost::asio::any_io_executor executor, const pace::PaceOptions& options, pace::Spend& spend,
           pace::Spend::Account account)
    : pacer_(options, reinterpret_cast<std::uintptr_t>(this)),
      spend_(spend),
      account_(account),
      timer_(std::move(executor)) {}

void Gate::enter(std::shared_ptr<Call> call, bool again) {
  if (shut_ && refuse(*call)) return;
  const auto now = Clock::now();
  auto& waiter = *call;
  waiter.waited_before = waited(now);
  if (line_.empty() && ask(waiter, now)) return;
  waiter.place_in_line = line_.insert(again ? line_.begin() : line_.end(), std::move(call));
}

Waited Gate::leave(const Call& call) {
  line_.erase(call.place_in_line);
  return waited_by(call, Clock::now());
}

void Gate::settle(const Ticket& ticket, const pace::Attempt& attempt, const Bill& bill) {
  pacer_.settle(ticket.reservation, attempt, Clock::now());
  pace::Spend::Hold uncapped;
  uncapped.account = account_;
  const auto& hold = ticket.hold ? *ticket.hold : uncapped;
  switch (bill.kind) {
    case Bill::Kind::nothing:
      return spend_.give_back(hold);
    case Bill::Kind::told:
      largest_answer_ = std::max(largest_answer_, bill.usage.completion_tokens);
      return spend_.settle(hold, bill.usage, bill.service_tier);
    case Bill::Kind::unknown:
      return spend_.settle_unknown(hold);
  }
}

void Gate::serve() {
  if (line_.empty() && limited_by_ == pace::LimitedBy::nothing) return;
  const auto now = Clock::now();
  while (!line_.empty()) {
    const auto call = line_.front();
    if (!ask(*call, now)) return;
    line_.pop_front();
  }
  nobody_waits();
}

/// Whether the call waits no more: it was let in, or refused for good. What it may cost is set aside first, since the
/// pacer's yes spends quota.
bool Gate::ask(Call& call, pace::time_point now) {
  Ticket ticket;
  if (spend_.capped()) {
    ticket.hold = std::make_unique<pace::Spend::Hold>();
    const auto most = most_of(call.demand());
    switch (spend_.reserve(account_, most, *ticket.hold)) {
      case pace::Spend::Answer::admitted:
        break;
      case pace::Spend::Answer::wait:
        held_back(pace::LimitedBy::spend, pace::time_point::max());
        return false;
      case pace::Spend::Answer::cap_reached:
        call.refused(spend_.refusal(account_, most).info());
        return true;
    }
  }
  const auto admission = pacer_.admit(call.demand(), now);
  if (!admission.admitted) {
    if (ticket.hold) spend_.give_back(*ticket.hold);
    held_back(admission.limited_by, admission.ask_again);
    return false;
  }
  ticket.reservation = admission.reservation;
  call.admitted(std::move(ticket), waited_by(call, now), now);
  return true;
}

// A token is seldom shorter than two bytes. Of the answer nothing is known where max_tokens is not set, but the others.
pace::SpendEstimate Gate::most_of(const pace::Demand& demand) const {
  constexpr std::int64_t shortest_token = 2, usual_answer = 1024;
  pace::SpendEstimate most;
  most.input_tokens = static_cast<std::int64_t>(demand.prompt_bytes) / shortest_token + 1;
  most.output_tokens = demand.max_tokens.value_or(std::max(usual_answer, 2 * largest_answer_));
  return most;
}

void Gate::nobody_waits() {
  count_wait(Clock::now());
  limited_by_ = pace::LimitedBy::nothing;
  if (armed_until_ == pace::time_point::max()) return;
  armed_until_ = pace::time_point::max();
  timer_.cancel();  // or it would keep the loop running
}

void Gate::held_back(pace::LimitedBy by, pace::time_point ask_again) {
  const auto now = Clock::now();
  count_wait(now);
  limited_by_ = by;
  const bool nothing_will_end = pacer_.in_flight() == 0;
  serve_at(nothing_will_end ? std::min(ask_again, now + longest_wait) : ask_again);
}

void Gate::serve_at(pace::time_point time) {
  if (time >= armed_until_) return;
  armed_until_ = std::max(time, Clock::now() + finest_wait);
  timer_.expires_at(armed_until_);
  timer_.async_wait([weak = weak_from_this(), time = armed_until_](boost::system::error_code error) {
    const auto self = weak.lock();
    if (!self || error || time != self->armed_until_) return;
    self->armed_until_ = pace::time_point::max();
    self->serve();
  });
}

void Gate::count_wait(pace::time_point now) {
  waited_ = waited(now);
  limited_since_ = now;
}

Waited Gate::waited(pace::time_point now) const {
  auto times = waited_;
  if (limited_by_ == pace::LimitedBy::nothing) return times;
  (limited_by_ == pace::LimitedBy::concurrency ? times.slot : times.quota) += now - limited_since_;
  return times;
}

Waited Gate::waited_by(const Call& call, pace::time_point now) const {
  const auto all = waited(now);
  return {all.quota - call.waited_before.quota, all.slot - call.waited_before.slot};
}

bool Gate::refuse(Call& call) {
  const auto now = Clock::now();
  if (now >= shut_->next_try) {
    shut_->next_try = now + between_tries;
    return false;
  }
  call.refused(shut_->why);
  return true;
}

void Gate::shut(ErrorInfo why) {
  why.message += " (said of an earlier call; this one was not sent)";
  why.attempts = 0;
  shut_ = Shut{std::move(why), Clock::now() + between_tries};
  for (const auto& call : std::exchange(line_, {})) call->refused(shut_->why);
  nobody_waits();
}

}  // namespace headway::call
