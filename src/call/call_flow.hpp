#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include <headway/error.hpp>

#include "call/request.hpp"
#include "pace/demand.hpp"
#include "pace/retry.hpp"
#include "pace/retry_budget.hpp"

namespace headway::call {

/// A call's whole way, from its beginning to its end: told what happened and when, it says what is to be done next. Without I/O
/// and without a clock. Once it has said `deliver`, the call is over, and all that happens later means nothing.
class CallFlow {
 public:
  using time_point = pace::time_point;

  struct Begun {};
  /// The gate lets it in later.
  struct Queued {};
  struct Admitted {
    std::chrono::nanoseconds waited{};  ///< for quota and a place
    bool probe = false;                 ///< as Reservation::probe
  };
  /// The gate lets it in never, or it cannot be said where it would go.
  struct TurnedAway {
    ErrorInfo why;
  };
  /// The answer sends it to another path of the same server.
  struct Redirected {};
  /// It was refused for what its model does not take, and no longer asks for that.
  struct Mended {};
  struct Failed {
    ErrorInfo info;
    pace::Failure failure;        ///< but whether it was a probe
    bool handed_over = false;     ///< a part of the answer: it cannot be taken back
    bool goes_elsewhere = false;  ///< its route was shut for all, and another one is left
  };
  struct Succeeded {};
  /// It is wakes_at().
  struct TimePassed {};
  struct Cancelled {};

  enum class Step : std::uint8_t {
    nothing,   ///< more must happen first
    ask_gate,  ///< the answer is Queued, Admitted or TurnedAway
    send,      ///< the answer is Redirected, Mended, Failed or Succeeded
    wait,      ///< outside of the gate
    deliver,   ///< it is over, wherever it is
  };
  struct Action {
    Step step = Step::nothing;
    bool as_told = false;              ///< `wait`: it is the server's, and this call's alone
    std::chrono::nanoseconds wait{0};  ///< before the next attempt, as far as it is known
    std::unique_ptr<ErrorInfo>
        error;  ///< `deliver`: why it failed, else it is good. Others: why it is sent again, if that is news
  };

  /// `request` outlives it. `seed`: of the waits before retries.
  CallFlow(const CallRequest& request, std::uint64_t seed);

  Action resume(Begun begun, time_point now);
  Action resume(Queued queued, time_point now);
  Action resume(Admitted admitted, time_point now);
  Action resume(TurnedAway turned_away, time_point now);
  Action resume(Redirected redirected, time_point now);
  Action resume(Mended mended, time_point now);
  Action resume(Failed failed, pace::RetryBudget& budget, time_point now);
  Action resume(Succeeded succeeded, time_point now);
  Action resume(TimePassed time_passed, time_point now);
  Action resume(Cancelled cancelled, time_point now);

  /// When TimePassed is due; max(): never.
  time_point wakes_at() const;
  /// Whether what failed so shuts its route for all calls. `worked`: some call has succeeded there.
  bool shuts_route(ErrorKind kind, bool worked) const;

  bool over() const { return stage_ == Stage::over; }
  int attempts() const { return attempts_; }

 private:
  enum class Stage : std::uint8_t { elsewhere, in_line, waiting, over };

  /// What few calls need.
  struct Waits {
    time_point deadline = time_point::max();
    time_point end = time_point::max();  // of the stage
    std::chrono::nanoseconds waited{0};  // for quota and a place, where max_wait counts it
    std::unique_ptr<ErrorInfo> refusal;  // the last for which it was parked
  };

  Waits& waits();
  std::chrono::nanoseconds patience() const;
  bool has_other_routes() const { return request_.routes->size() > 1; }
  Action enter(Stage stage, Step step, time_point wake = time_point::max());
  Action ask_gate() { return enter(Stage::elsewhere, Step::ask_gate); }
  Action wait(std::chrono::nanoseconds wait, time_point now);
  Action park(ErrorInfo refusal, std::optional<std::chrono::milliseconds> server_wait, time_point now);
  Action fail(ErrorInfo info);
  Action pass_deadline();
  Action lose_patience();

  const CallRequest& request_;
  std::unique_ptr<Waits> waits_;  // null: there are none
  pace::Retry retry_;
  int attempts_ = 0;
  std::uint8_t redirects_ = 0;
  Stage stage_ = Stage::elsewhere;
  bool probe_ = false;
};

}  // namespace headway::call
