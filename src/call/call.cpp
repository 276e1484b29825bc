#include "call/call.hpp"

#include <utility>

#include <fmt/format.h>

#include "call/call_end.hpp"
#include "call/call_error.hpp"
#include "call/pacing.hpp"
#include "call/redirect.hpp"
#include "wire/ascii.hpp"
#include "wire/encode.hpp"
#include "wire/limit_headers.hpp"
#include "wire/request_id.hpp"
#include "wire/retry_advice.hpp"

namespace headway::call {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto longest_wait_for_rest = std::chrono::seconds(1);

bool is_success(int status) {
  return status >= 200 && status < 300;
}
bool is_redirect(int status) {
  return status >= 300 && status < 400;
}

pace::Failure failure_of(ErrorKind kind) {
  pace::Failure failure;
  failure.kind = kind;
  return failure;
}

pace::Attempt ended(pace::Result result) {
  pace::Attempt attempt;
  attempt.result = result;
  return attempt;
}

pace::Attempt told(pace::Attempt attempt, const Bill& bill) {
  if (bill.kind != Bill::Kind::told) return attempt;
  attempt.input_tokens = bill.usage.prompt_tokens;
  attempt.output_tokens = bill.usage.completion_tokens;
  return attempt;
}

}  // namespace

Call::Call(std::shared_ptr<Core> core, CallRequest request)
    : core_(std::move(core)),
      request_(std::move(request)),
      flow_(request_, static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(this))) {}

Call::Waits& Call::waits() {
  if (!waits_) waits_ = std::make_unique<Waits>();
  return *waits_;
}

void Call::begin() {
  act(flow_.resume(CallFlow::Begun(), Clock::now()));
}

void Call::cancel() {
  act(flow_.resume(CallFlow::Cancelled(), Clock::now()));
  if (gate_) gate_->serve();
}

void Call::time_passes() {
  act(flow_.resume(CallFlow::TimePassed(), Clock::now()));
  if (gate_) gate_->serve();
}

void Call::act(CallFlow::Action action) {
  const bool again = flow_.attempts() > 0;
  switch (action.step) {
    case CallFlow::Step::nothing:
      break;
    case CallFlow::Step::ask_gate:
      if (again) start_over();
      if (action.error) tell_of_retry(*action.error, action.wait);
      again ? ask_gate() : depart();
      break;
    case CallFlow::Step::send:
      send();
      break;
    case CallFlow::Step::wait:
      start_over();
      if (action.error) tell_of_retry(*action.error, action.wait);
      wait(action);
      break;
    case CallFlow::Step::deliver:
      end(std::move(action.error));
      break;
  }
  arm();
}

void Call::arm() {
  const auto until = flow_.wakes_at();
  if (until == (waits_ ? waits_->armed_until : pace::time_point::max())) return;
  waits().armed_until = until;
  if (until == pace::time_point::max()) return waits_->timer.reset();
  waits_->timer = std::make_unique<Timer>(core_->executor(), until);
  waits_->timer->async_wait([self = self()](boost::system::error_code error) {
    if (error) return;
    self->waits_->armed_until = pace::time_point::max();
    self->time_passes();
  });
}

void Call::depart() {
  try {
    gate_ = &core_->gate(request_);
    core_->retry_budget().sent(Clock::now());
  } catch (const Error& error) {
    return act(flow_.resume(CallFlow::TurnedAway{error.info()}, Clock::now()));
  }
  ask_gate();
}

void Call::ask_gate() {
  if (waits_) waits_->told.reset();
  auto turn = gate_->enter(self(), flow_.attempts() > 0);
  turn ? take_turn(*std::move(turn)) : act(flow_.resume(CallFlow::Queued(), Clock::now()));
}

void Call::take_turn(Gate::Turn turn) {
  const auto now = Clock::now();
  add(turn.waited);
  if (turn.refusal) return act(flow_.resume(CallFlow::TurnedAway{turn.refusal->info()}, now));
  ticket_ = std::move(turn.ticket);
  has_ticket_ = true;
  try {
    request_.take(ticket_.route, flow_.attempts() == 0);
  } catch (const Error& error) {
    act(flow_.resume(CallFlow::TurnedAway{error.info()}, now));
    return gate_->serve();
  }
  if (const auto& quirks = gate_->quirks(ticket_.route); quirks != request_.suited) request_.suit(quirks);
  act(flow_.resume(CallFlow::Admitted{turn.waited.quota + turn.waited.slot, ticket_.reservation.probe}, now));
}

void Call::send() {
  limits_ = nullptr;
  first_byte_before_ = times().send + times().first_byte;
  body_before_ = times().body;
  core_->count_attempt();
  core_->pool().start(self());
}

void Call::wait(const CallFlow::Action& action) {
  (action.as_told ? times().quota : times().backoff) += action.wait;
  if (action.as_told) waits().told = gate_->waits_as_told(flow_.wakes_at());
}

void Call::tell_of_retry(const ErrorInfo& why, std::chrono::nanoseconds wait) const {
  const auto& told = core_->options().on_retry;
  if (!told) return;
  auto info = completed(why, request_);
  info.attempts = flow_.attempts();
  told(info, wait);
}

void Call::look_at(const net::ReplyHead& head) {
  head_at_ = Clock::now();
  const auto limits = wire::limit_headers(head.headers, std::chrono::system_clock::now());
  if (!limits.empty()) limits_ = std::make_unique<LimitSnapshot>(limits);
}

// The net counts all after the first byte as the body.
void Call::first_token_has_come() {
  first_token_at_ = Clock::now();
  times().first_token += first_token_at_ - head_at_;
  times().body -= first_token_at_ - head_at_;
}

// What came of this attempt is the gate's to know, whatever becomes of the call.
std::optional<Money> Call::settle(pace::Attempt attempt, Bill bill) {
  if (!std::exchange(has_ticket_, false)) return std::nullopt;
  maybe_billed_ = maybe_billed_ || bill.kind == Bill::Kind::unknown;
  const auto sent_at = ticket_.reservation.admitted_at;
  if (first_token_at_ > sent_at) {
    attempt.to_first_byte = first_token_at_ - sent_at;
    attempt.to_end = Clock::now() - sent_at;
  } else if (const auto first_byte = times().send + times().first_byte; first_byte > first_byte_before_) {
    attempt.to_first_byte = first_byte - first_byte_before_;
    attempt.to_end = *attempt.to_first_byte + times().body - body_before_;
  }
  if (limits_) attempt.limits = *limits_;
  gate_->settle(ticket_, attempt, bill);
  return bill.cost;
}

void Call::replied(net::Reply reply) {
  if (over()) return rest_is_here();
  if (is_redirect(reply.status) && follow_redirect(reply)) return;
  look_at(reply);
  is_success(reply.status) ? answered(std::move(reply)) : refused(reply);
  gate_->serve();
}

void Call::answered(net::Reply reply) {
  auto bill = unknown_bill();
  const auto fault = accept(reply, bill);
  const auto cost = settle(told(ended(fault ? pace::Result::server_error : pace::Result::answered), bill), bill);
  if (!fault) return succeed(bill, cost);
  auto info = fault->info();
  info.status = reply.status;
  info.request_id = wire::request_id(reply.headers);
  if (info.body.empty()) info.body = std::move(reply.body);
  unusable(std::move(info), bill, cost);
}

// Some servers answer in events whatever they were asked for, and some paths with a file: those pass through.
std::optional<Error> Call::read_answer(net::Reply& reply, wire::Answer& answer) const {
  const auto type = reply.headers.value("content-type");
  const auto is = [type](std::string_view name) { return wire::starts_with_word(type, name); };
  const bool is_object = wire::without_blanks(reply.body).starts_with('{');
  const bool unread =
      request_.form == wire::Form::other ? !is("application/json") || !is_object : is("text/event-stream");
  return unread ? std::nullopt : read_body(reply.body, answer);
}

std::optional<Error> Call::read_body(std::string& body, wire::Answer& answer) const {
  const auto* dialect = request_.dialect();
  auto translated = dialect ? dialect->chat_of(body) : std::nullopt;
  if (!translated) return wire::read_answer(body, request_.form, answer, request_.answers);
  auto fault = wire::read_answer(*translated, request_.form, answer, request_.answers);
  answer.translated = *std::move(translated);
  return fault;
}

void Call::refused(const net::Reply& reply) {
  auto [info, body_wait, quirks] = refusal_of(reply, request_);
  if (quirks.any()) {
    gate_->learn(request_.route, quirks);
    core_->tell_limits();
    if (request_.suit(gate_->quirks(request_.route))) {
      settle(ended(pace::Result::answered), Bill());
      return act(flow_.resume(CallFlow::Mended(), Clock::now()));
    }
  }
  auto advice = wire::retry_advice(reply.headers, std::chrono::system_clock::now());
  if (!advice.wait || advice.wait->count() == 0) advice.wait = body_wait ? body_wait : advice.wait;
  auto failure = failure_of(info.kind);
  failure.server_wait = advice.wait;
  failure.should_retry = advice.should_retry;
  failure.overloaded = is_overload(info);
  auto attempt = ended(result_of(info));
  attempt.server_wait = advice.wait;
  if (attempt.result == pace::Result::refused || attempt.result == pace::Result::overloaded) core_->count_refusal();
  settle(attempt, Bill());
  refused_by(reply);
  fail(std::move(info), failure);
}

void Call::succeed(const Bill& bill, const std::optional<Money>& cost) {
  gate_->worked(request_.route);
  if (cost) priced(*cost);
  succeeded();
  tell_end(bill.usage, cost ? std::optional(cost->dollars()) : std::nullopt, nullptr);
  finish();
}

// It was paid for: what came of it goes along.
void Call::unusable(ErrorInfo info, const Bill& bill, const std::optional<Money>& cost) {
  if (bill.kind == Bill::Kind::told) info.usage = bill.usage;
  if (cost) info.cost = cost->dollars();
  const auto failure = failure_of(info.kind);
  fail(std::move(info), failure);
}

void Call::complete_early(const Bill& bill) {
  succeed(bill, settle(told(ended(pace::Result::answered), bill), bill));
  gate_->serve();
  const auto timer = std::make_shared<Timer>(core_->executor(), longest_wait_for_rest);
  waits().rest_timer = timer;
  timer->async_wait([self = self(), timer](boost::system::error_code error) {
    if (!error) self->net::Exchange::cancel();
  });
}

void Call::rest_is_here() {
  if (!waits_) return;
  if (const auto timer = waits_->rest_timer.lock()) timer->cancel();
}

void Call::fail_early(const Error& error, std::string request_id, const Bill& bill) {
  net::Exchange::cancel();
  const auto cost = settle(told(ended(pace::Result::server_error), bill), bill);
  auto info = error.info();
  info.request_id = std::move(request_id);
  unusable(std::move(info), bill, cost);
  gate_->serve();
}

void Call::failed(net::Failure why) {
  if (over()) return rest_is_here();
  auto failure = failure_of(why.kind);
  failure.unprocessed = why.unprocessed;
  // A connection that ended without an answer is that too.
  failure.unserved = !why.sent || why.kind == ErrorKind::connect;
  settle(ended(why.unprocessed ? pace::Result::not_sent : result_of(why.kind)),
         why.sent && !why.unprocessed ? unknown_bill() : Bill());
  fail(error_of(why), failure);
  gate_->serve();
}

bool Call::follow_redirect(const net::Reply& reply) {
  auto target = redirect_target(*request_.http.head, reply);
  if (!target || flow_.resume(CallFlow::Redirected(), Clock::now()).step != CallFlow::Step::send) return false;
  auto head = std::make_shared<net::RequestHead>(*request_.http.head);
  head->target = std::move(*target);
  request_.http.head = std::move(head);
  core_->pool().start(self());
  return true;
}

void Call::fail(ErrorInfo info, pace::Failure failure) {
  CallFlow::Failed failed{std::move(info), failure, !may_retry()};
  if (flow_.shuts_route(failed.info.kind, gate_->has_worked(request_.route))) {
    failed.goes_elsewhere = gate_->shut(request_.route, completed(failed.info, request_));
  }
  act(flow_.resume(std::move(failed), core_->retry_budget(), Clock::now()));
}

/// Wherever it is, down to its socket.
void Call::end(std::unique_ptr<ErrorInfo> error) {
  if (error) {
    if (gate_) add(gate_->leave(*this));
    const bool seen = net::Exchange::cancel();
    settle(ended(seen ? pace::Result::cancelled : pace::Result::not_sent), seen ? unknown_bill() : Bill());
    error->attempts = flow_.attempts();
    error->times = times();
    error->maybe_billed = error->maybe_billed || maybe_billed_;
    auto info = completed(std::move(*error), request_);
    tell_end(info.usage, info.cost, &info);
    reject(Error(std::move(info)));
  }
  forget_timer();
  core_->finished(self());
}

void Call::tell_end(const Usage& usage, std::optional<double> cost, const ErrorInfo* error) const {
  const auto& told = core_->options().on_call_end;
  if (!told) return;
  auto end = end_of(request_);
  end.usage = usage;
  end.cost = cost;
  end.attempts = flow_.attempts();
  end.times = times_so_far();
  end.error = error;
  told(end);
}

void Call::add(Waited waited) {
  times().quota += waited.quota;
  times().slot += waited.slot;
}

void Call::forsake() {
  forget_timer();
}

void Call::forget_timer() {
  if (!waits_) return;
  waits_->timer.reset();
  waits_->told.reset();
}

}  // namespace headway::call
