#include "call/destination.hpp"

#include "call/gate.hpp"

namespace headway::call {
namespace {

constexpr auto between_tries = std::chrono::seconds(30);  // of one that is shut

}  // namespace

// What the call may cost is set aside first, since the pacer's yes spends quota.
Destination::Answer Destination::ask(const pace::Demand& demand, Ticket& ticket, pace::time_point now) {
  Answer answer;
  if (is_shut(now)) {
    answer.refusal = shut_->why;
    return answer;
  }
  if (spend_.capped()) {
    const auto most = most_of(demand);
    auto hold = std::make_unique<pace::Spend::Hold>();
    switch (spend_.reserve(account_, most, *hold)) {
      case pace::Spend::Answer::admitted:
        ticket.hold = std::move(hold);
        break;
      case pace::Spend::Answer::wait:
        answer.limited_by = LimitedBy::spend;
        return answer;
      case pace::Spend::Answer::cap_reached:
        answer.refusal = spend_.refusal(account_, most);
        return answer;
    }
  }
  const auto admission = pacer_.admit(demand, now);
  answer.admitted = admission.admitted;
  if (answer.admitted) {
    ticket.reservation = admission.reservation;
    if (shut_) shut_->next_try = now + between_tries;
    return answer;
  }
  if (const auto hold = std::move(ticket.hold)) spend_.give_back(*hold);
  answer.ask_again = admission.ask_again;
  answer.limited_by = admission.limited_by;
  return answer;
}

void Destination::settle(const Ticket& ticket, const pace::Attempt& attempt, Bill& bill, pace::time_point now) {
  pacer_.settle(ticket.reservation, attempt, now);
  pace::Spend::Hold uncapped;
  uncapped.account = account_;
  if (bill.kind == Bill::Kind::unknown) uncapped.estimate = most_of(ticket.reservation.demand);
  const auto& hold = ticket.hold ? *ticket.hold : uncapped;
  switch (bill.kind) {
    case Bill::Kind::nothing:
      spend_.give_back(hold);
      break;
    case Bill::Kind::told:
      largest_answer_ = std::max(largest_answer_, bill.usage.completion_tokens);
      bill.cost = spend_.settle(hold, bill.usage, bill.service_tier, bill.told_cost);
      break;
    case Bill::Kind::unknown:
      bill.cost = spend_.settle_unknown(hold);
      break;
  }
}

void Destination::shut(ErrorInfo why, pace::time_point now) {
  why.message += " (said of an earlier call; this one was not sent)";
  why.request_id.clear();
  why.attempts = 0;
  why.times = StageTimes();
  shut_ = Shut{Error(std::move(why)), now + between_tries};
}

void Destination::learn(const LearnedLimits& limits, pace::time_point now) {
  const auto& names = spend_.rows()[account_];
  if (limits.endpoint != names.endpoint || limits.model != names.model) return;
  learn(wire::Quirks{limits.wants_max_completion_tokens, limits.wants_no_temperature});
  pacer_.learn(limits, now);
}

LearnedLimits Destination::learned(pace::time_point now) const {
  LearnedLimits limits;
  limits.endpoint = spend_.rows()[account_].endpoint;
  limits.model = spend_.rows()[account_].model;
  limits.wants_max_completion_tokens = quirks_.max_completion_tokens;
  limits.wants_no_temperature = quirks_.no_temperature;
  pacer_.tell(limits, now);
  return limits;
}

LeaseDemand Destination::demand(pace::time_point now) {
  std::size_t waiting = 0;
  for (const auto* gate : gates) waiting += gate->waiting();
  return pacer_.demand(waiting, now);
}

// A token is seldom shorter than two bytes. Of the answer nothing is known where max_tokens is not set, but the others.
pace::SpendEstimate Destination::most_of(const pace::Demand& demand) const {
  constexpr std::int64_t shortest_token = 2, usual_answer = 1024;
  pace::SpendEstimate most;
  most.input_tokens = static_cast<std::int64_t>(demand.prompt_bytes) / shortest_token + 1;
  most.output_tokens = demand.max_tokens.value_or(std::max(usual_answer, 2 * largest_answer_));
  return most;
}

}  // namespace headway::call
