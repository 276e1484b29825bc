#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "call/destination.hpp"
#include "call/route.hpp"

namespace headway::call {

class Call;

/// Time that was spent waiting.
struct Waited {
  std::chrono::nanoseconds quota{};
  std::chrono::nanoseconds slot{};
};

/// The way in for calls that may go the same routes: they wait here, first come first served, until one of the
/// destinations lets them in. Waiting costs O(1) a call. Calls are told of their turn by enter() and serve() alone. Lives on the
/// loop.
class Gate final : public std::enable_shared_from_this<Gate> {
 public:
  using Line = std::list<std::shared_ptr<Call>>;
  /// Where a call stands.
  struct Place {
    Line::iterator in_line;
    Waited waited_before;  // by who stood first, when it came
    bool waits = false;
  };
  /// The answer to a call.
  struct Turn {
    Ticket ticket;
    std::optional<Error> refusal;  ///< no call like this will ever be let in; else it is
    Waited waited;
  };

  explicit Gate(boost::asio::any_io_executor executor) : timer_(std::move(executor)) {}
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  /// In the order of the routes.
  void add(std::shared_ptr<Destination> destination, const Route& route);

  /// None: its turn comes later, from serve(). `again`: it was sent before, and goes before those that were not.
  std::optional<Turn> enter(std::shared_ptr<Call> call, bool again);
  /// It waits no more, if it did. Gives what it waited. serve() is due.
  Waited leave(Call& call);
  /// An attempt has ended. Fills in what it cost. serve() is due.
  void settle(const Ticket& ticket, const pace::Attempt& attempt, Bill& bill);
  /// Lets those go whose time has come, here and at the gates that lead to the same destinations.
  void serve();

  /// Lets nobody in any more.
  void close() { closed_ = true; }

  /// No call can succeed on that route. Gives whether another one is left; if not, serve() refuses all that wait.
  bool shut(std::size_t route, const ErrorInfo& why);
  void worked(std::size_t route) { doors_[route].destination->worked(); }
  bool has_worked(std::size_t route) const { return doors_[route].destination->has_worked(); }

  /// A call waits on its own until then, as its server told it, for as long as what this gives lives.
  std::shared_ptr<void> waits_as_told(pace::time_point until);

  /// Those that wait as they were told.
  std::size_t told_to_wait() const { return told_.size(); }
  /// Those in line, and those.
  std::size_t waiting() const { return line_.size() + told_.size(); }
  /// What the first in line waits for. Without a line: `server` if all there is waits as it was told, else `input`.
  LimitedBy limited_by() const;
  /// Until when the first of them waits, as far as is known; max(): for a call to end, or there is none.
  pace::time_point resumes_at() const;
  /// What the model of a route has refused so far.
  const wire::Quirks& quirks(std::size_t route) const { return doors_[route].destination->quirks(); }
  void learn(std::size_t route, const wire::Quirks& quirks) { doors_[route].destination->learn(quirks); }
  /// Of all destinations together.
  pace::PaceSnapshot snapshot(pace::time_point now) const;

 private:
  struct Door {
    std::shared_ptr<Destination> destination;
    double weight;
    bool fallback;
    double credit = 0;  // the largest is asked first; what they have in all is always zero
  };

  bool any_in_flight() const;
  std::optional<Turn> ask(const Call& call, pace::time_point now);
  void serve_line();
  const std::vector<std::size_t>& order();
  void charge(Door& used);
  void held_back(LimitedBy by, pace::time_point ask_again, pace::time_point now);
  void nobody_waits(pace::time_point now);
  void serve_at(pace::time_point time, pace::time_point now);
  Waited waited(pace::time_point now) const;
  Waited waited_by(const Call& call, pace::time_point now) const;
  void count_wait(pace::time_point now);

  std::vector<Door> doors_;
  std::vector<std::size_t> order_;  // in which they are asked
  Line line_;
  std::multiset<pace::time_point> told_;
  bool closed_ = false;
  bool serves_ = false;
  boost::asio::steady_timer timer_;
  pace::time_point armed_until_ = pace::time_point::max();

  LimitedBy limited_by_ = LimitedBy::input;  // since limited_since_
  pace::time_point limited_since_;
  pace::time_point resumes_at_ = pace::time_point::max();
  Waited waited_;  // by who stood first in line, since there is a gate: a call's own share is the difference of two
};

}  // namespace headway::call
