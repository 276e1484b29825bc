#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <headway/error.hpp>
#include <headway/response.hpp>

#include "pace/pacer.hpp"
#include "pace/spend.hpp"

namespace headway::call {

class Call;

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
};

inline Bill unknown_bill() {
  Bill bill;
  bill.kind = Bill::Kind::unknown;
  return bill;
}

/// With what an attempt was let in. Given back when it has ended.
struct Ticket {
  Ticket() {}

  pace::Reservation reservation;
  std::unique_ptr<pace::Spend::Hold> hold;  // null where spending is not capped
};

/// Time that was spent waiting.
struct Waited {
  std::chrono::nanoseconds quota{};
  std::chrono::nanoseconds slot{};
};

/// The way in to one endpoint, model and key: calls wait here, first come first served, until the Pacer lets them go.
/// Waiting costs O(1) a call. Lives on the loop.
class Gate final : public std::enable_shared_from_this<Gate> {
 public:
  using Line = std::list<std::shared_ptr<Call>>;

  /// `spend` outlives it.
  Gate(boost::asio::any_io_executor executor, const pace::PaceOptions& options, pace::Spend& spend,
       pace::Spend::Account account);

  /// The call is told admitted() or refused(), now or later. `again`: it was sent before, and goes before those that were
  /// not.
  void enter(std::shared_ptr<Call> call, bool again);
  /// It waits no more. Gives what it waited. serve() is due.
  Waited leave(const Call& call);
  /// An attempt has ended. serve() is due.
  void settle(const Ticket& ticket, const pace::Attempt& attempt, const Bill& bill);
  /// Lets those go whose time has come.
  void serve();

  /// No call can succeed here: all that wait are refused with `why`, and so are those that come, but one now and then,
  /// which sees whether that was mended.
  void shut(ErrorInfo why);
  /// A call has succeeded.
  void open() { shut_.reset(); }
  bool has_worked() const { return has_worked_; }
  void worked() {
    has_worked_ = true;
    open();
  }

  std::size_t waiting() const { return line_.size(); }
  /// What the first in line waits for.
  pace::LimitedBy limited_by() const { return limited_by_; }
  pace::PaceSnapshot snapshot(pace::time_point now) { return pacer_.snapshot(now); }

 private:
  struct Shut {
    ErrorInfo why;
    pace::time_point next_try;
  };

  bool refuse(Call& call);
  bool ask(Call& call, pace::time_point now);
  pace::SpendEstimate most_of(const pace::Demand& demand) const;
  void nobody_waits();
  void held_back(pace::LimitedBy by, pace::time_point ask_again);
  Waited waited(pace::time_point now) const;
  Waited waited_by(const Call& call, pace::time_point now) const;
  void count_wait(pace::time_point now);
  void serve_at(pace::time_point time);

  pace::Pacer pacer_;
  pace::Spend& spend_;
  pace::Spend::Account account_;
  std::int64_t largest_answer_ = 0;  // tokens
  Line line_;
  boost::asio::steady_timer timer_;
  pace::time_point armed_until_ = pace::time_point::max();
  std::optional<Shut> shut_;
  bool has_worked_ = false;

  pace::LimitedBy limited_by_ = pace::LimitedBy::nothing;  // since limited_since_
  pace::time_point limited_since_;
  Waited waited_;  // by who stood first in line, since there is a gate: a call's own share is the difference of two
};

}  // namespace headway::call
