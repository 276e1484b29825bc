#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <headway/error.hpp>
#include <headway/learned_limits.hpp>
#include <headway/lease.hpp>
#include <headway/response.hpp>

#include "pace/pacer.hpp"
#include "pace/spend.hpp"
#include "wire/quirks.hpp"

namespace headway::call {

class Gate;

/// What an attempt took.
struct Bill {
  Bill() {}

  enum class Kind : std::uint8_t {
    nothing,  ///< it was refused, or never seen
    told,     ///< `usage`
    unknown,  ///< nobody told, and it may have been paid for
  };

  Kind kind = Kind::nothing;
  Usage usage;
  std::string service_tier;
  std::optional<Money> told_cost;  ///< the provider's own sum
  std::optional<Money> cost;       ///< filled in when it is settled; none: no price is known
};

inline Bill unknown_bill() {
  Bill bill;
  bill.kind = Bill::Kind::unknown;
  return bill;
}

/// Of an answer: what it told, if it did.
template <class Told>
Bill bill_of(const Told& told, std::string_view service_tier) {
  auto bill = unknown_bill();
  const bool says = told.usage.prompt_tokens > 0 || told.usage.completion_tokens > 0 || told.cost;
  if (says) bill.kind = Bill::Kind::told;
  bill.usage = told.usage;
  bill.told_cost = told.cost;
  bill.service_tier = service_tier;
  return bill;
}

/// With what an attempt was let in. Given back when it has ended.
struct Ticket {
  Ticket() {}

  pace::Reservation reservation;
  std::unique_ptr<pace::Spend::Hold> hold;  // null where spending is not capped
  std::size_t route = 0;
};

/// One endpoint, model and key: how fast calls may go there, what they cost, and whether any can succeed. Lives on the
/// loop.
class Destination {
 public:
  /// `spend` outlives it.
  Destination(const pace::PaceOptions& options, pace::Spend& spend, pace::Spend::Account account)
      : pacer_(options, reinterpret_cast<std::uintptr_t>(this)), spend_(spend), account_(account) {}
  Destination(const Destination&) = delete;
  Destination& operator=(const Destination&) = delete;

  struct Answer {
    bool admitted = false;
    std::optional<Error> refusal;                          ///< no call like this will ever be let in
    pace::time_point ask_again = pace::time_point::max();  ///< if neither; max(): when a call ends
    LimitedBy limited_by = LimitedBy::input;               ///< if neither
  };
  /// May a call be sent there now? If so, fills in the ticket.
  Answer ask(const pace::Demand& demand, Ticket& ticket, pace::time_point now);
  /// What came of it. Fills in what it cost.
  void settle(const Ticket& ticket, const pace::Attempt& attempt, Bill& bill, pace::time_point now);

  /// No call can succeed here: those that come are refused with `why`, but one now and then, which sees whether that was
  /// mended.
  void shut(ErrorInfo why, pace::time_point now);
  bool is_shut(pace::time_point now) const { return shut_ && now < shut_->next_try; }
  /// A call has succeeded.
  void worked() {
    has_worked_ = true;
    shut_.reset();
  }
  bool has_worked() const { return has_worked_; }

  /// What the model has refused so far, as its refusals tell it.
  const wire::Quirks& quirks() const { return quirks_; }
  void learn(const wire::Quirks& quirks) {
    quirks_.max_completion_tokens |= quirks.max_completion_tokens;
    quirks_.no_temperature |= quirks.no_temperature;
  }

  /// As Pacer has them. The names are those of its account.
  void lend(const Lease& lease, pace::time_point end, pace::time_point now) { pacer_.lend(lease, end, now); }
  void learn(const LearnedLimits& limits, pace::time_point now);
  LearnedLimits learned(pace::time_point now) const;
  LeaseDemand demand(pace::time_point now);
  pace::Spend::Account account() const { return account_; }

  std::size_t in_flight() const { return pacer_.in_flight(); }
  pace::PaceSnapshot snapshot(pace::time_point now) { return pacer_.snapshot(now); }

  std::vector<Gate*> gates;  ///< that lead here

 private:
  struct Shut {
    Error why;
    pace::time_point next_try;
  };

  pace::SpendEstimate most_of(const pace::Demand& demand) const;

  pace::Pacer pacer_;
  pace::Spend& spend_;
  pace::Spend::Account account_;
  std::int64_t largest_answer_ = 0;  // tokens
  std::optional<Shut> shut_;
  wire::Quirks quirks_;
  bool has_worked_ = false;
};

}  // namespace headway::call
