#include "call/call_flow.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "call/call_error.hpp"

namespace headway::call {
namespace {

constexpr int max_redirects = 5;

std::string asks_to_wait(std::chrono::milliseconds wait) {
  return fmt::format("; it asks to wait {} s", std::chrono::ceil<std::chrono::seconds>(wait).count());
}

// Why a failure that could have been retried was not: only what the user would not expect.
std::string gave_up(pace::Decision::Reason reason, const pace::Failure& failure) {
  switch (reason) {
    case pace::Decision::Reason::server_wait_too_long:
      return asks_to_wait(*failure.server_wait) + ", longer than headway waits";
    case pace::Decision::Reason::past_deadline:
      return "; another attempt would start after the deadline";
    default:
      return "";
  }
}

}  // namespace

CallFlow::CallFlow(const CallRequest& request, std::uint64_t seed)
    : request_(request), retry_(request.max_retries, seed) {}

CallFlow::Waits& CallFlow::waits() {
  if (!waits_) waits_ = std::make_unique<Waits>();
  return *waits_;
}

CallFlow::time_point CallFlow::wakes_at() const {
  return waits_ && !over() ? std::min(waits_->deadline, waits_->end) : time_point::max();
}

CallFlow::Action CallFlow::resume(Begun, time_point now) {
  if (request_.deadline) waits().deadline = now + *request_.deadline;
  return ask_gate();
}

CallFlow::Action CallFlow::resume(Queued, time_point now) {
  return enter(Stage::in_line, Step::nothing, request_.max_wait ? now + patience() : time_point::max());
}

CallFlow::Action CallFlow::resume(Admitted admitted, time_point) {
  if (request_.max_wait) waits().waited += admitted.waited;
  probe_ = admitted.probe;
  ++attempts_;
  return enter(Stage::elsewhere, Step::send);
}

CallFlow::Action CallFlow::resume(TurnedAway turned_away, time_point) {
  return fail(std::move(turned_away.why));
}

CallFlow::Action CallFlow::resume(Redirected, time_point) {
  if (redirects_ >= max_redirects) return {};
  ++redirects_;
  return enter(Stage::elsewhere, Step::send);
}

// At once, and as the attempt that it should have been: it uses up no retry.
CallFlow::Action CallFlow::resume(Mended, time_point) {
  return ask_gate();
}

CallFlow::Action CallFlow::resume(Failed failed, pace::RetryBudget& budget, time_point now) {
  auto& [info, failure, handed_over, goes_elsewhere] = failed;
  if (handed_over) return fail(std::move(info));
  if (goes_elsewhere) return ask_gate();
  failure.probe = probe_;
  // Where there are other routes, no server's wait holds but its own.
  const bool has_end = request_.deadline && !has_other_routes();
  const auto decision = retry_.failed(failure, now, has_end ? std::optional(waits_->deadline) : std::nullopt);
  if (!decision.retry()) {
    info.message += gave_up(decision.reason, failure);
    return fail(std::move(info));
  }
  if (decision.reason == pace::Decision::Reason::park) return park(std::move(info), failure.server_wait, now);
  const bool counts = !failure.unprocessed && !failure.unserved && !failure.probe;
  auto action = wait(decision.wait + (counts ? budget.retry(now) : std::chrono::nanoseconds(0)), now);
  action.error = std::make_unique<ErrorInfo>(std::move(info));
  return action;
}

CallFlow::Action CallFlow::resume(Succeeded, time_point) {
  return enter(Stage::over, Step::deliver);
}

CallFlow::Action CallFlow::resume(TimePassed, time_point now) {
  if (now < wakes_at()) return {};
  if (now >= waits_->deadline) return pass_deadline();
  return stage_ == Stage::in_line ? lose_patience() : ask_gate();
}

CallFlow::Action CallFlow::resume(Cancelled, time_point) {
  if (over()) return {};
  ErrorInfo info;
  info.kind = ErrorKind::cancelled;
  info.message = "the call was cancelled";
  return fail(std::move(info));
}

// 403 and 404 can be one request's own fault: they shut a route only where nothing has ever come through. Of a path or
// headers of the caller's own nothing follows for other calls.
bool CallFlow::shuts_route(ErrorKind kind, bool worked) const {
  if (request_.has_own_headers) return false;
  switch (kind) {
    case ErrorKind::authentication:
    case ErrorKind::quota_exhausted:
      return true;
    case ErrorKind::permission:
    case ErrorKind::not_found:
      return !worked && !request_.has_own_path;
    default:
      return false;
  }
}

/// How much longer it may wait to be sent.
std::chrono::nanoseconds CallFlow::patience() const {
  return *request_.max_wait - (waits_ ? waits_->waited : std::chrono::nanoseconds(0));
}

CallFlow::Action CallFlow::enter(Stage stage, Step step, time_point wake) {
  stage_ = stage;
  if (waits_ || wake != time_point::max()) waits().end = wake;
  Action action;
  action.step = step;
  return action;
}

CallFlow::Action CallFlow::wait(std::chrono::nanoseconds wait, time_point now) {
  auto action = enter(Stage::waiting, Step::wait, now + wait);
  action.wait = wait;
  return action;
}

CallFlow::Action CallFlow::park(ErrorInfo refusal, std::optional<std::chrono::milliseconds> server_wait,
                                time_point now) {
  const auto asked = server_wait.value_or(std::chrono::milliseconds(0));
  if (request_.max_wait && asked > patience()) {
    refusal.message += asks_to_wait(asked);
    return fail(std::move(refusal));
  }
  waits().refusal = std::make_unique<ErrorInfo>(completed(refusal, request_));
  Action action;
  if (has_other_routes() || asked.count() <= 0) {
    action = ask_gate();
    action.wait = asked;
  } else {  // It holds for this call, whatever the gate makes of it for others.
    action = wait(std::min<std::chrono::milliseconds>(asked, std::chrono::hours(24)), now);
    action.as_told = true;
    waits().waited += action.wait;
  }
  action.error = std::make_unique<ErrorInfo>(std::move(refusal));
  return action;
}

CallFlow::Action CallFlow::fail(ErrorInfo info) {
  auto action = enter(Stage::over, Step::deliver);
  action.error = std::make_unique<ErrorInfo>(std::move(info));
  return action;
}

CallFlow::Action CallFlow::pass_deadline() {
  ErrorInfo info;
  info.kind = ErrorKind::deadline;
  info.message = fmt::format("the call was not done within its deadline of {} ms", request_.deadline->count());
  if (const auto& refusal = waits_->refusal) {
    info.message += "; " + refusal->message;
    info.provider_message = refusal->provider_message;
    info.status = refusal->status;
  }
  return fail(std::move(info));
}

CallFlow::Action CallFlow::lose_patience() {
  ErrorInfo info;
  info.kind = ErrorKind::rate_limited;
  info.message = fmt::format("{} takes no call now", request_.endpoint().origin().authority());
  if (waits_->refusal) info = std::move(*waits_->refusal);
  info.message += fmt::format("; waited {:g} s (max_wait)", std::chrono::duration<double>(*request_.max_wait).count());
  return fail(std::move(info));
}

}  // namespace headway::call
