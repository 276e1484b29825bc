#include "call/call.hpp"

#include <utility>

#include <fmt/format.h>

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
constexpr int max_redirects = 5;
constexpr auto longest_wait_for_rest = std::chrono::seconds(1);

bool is_success(int status) {
  return status >= 200 && status < 300;
}
bool is_redirect(int status) {
  return status >= 300 && status < 400;
}

pace::RetryOptions retry_options(int max_retries) {
  pace::RetryOptions options;
  options.max_retries = max_retries;
  return options;
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

// 403 and 404 can be one request's own fault: they close the gate only where nothing has ever come through.
bool no_call_can_succeed(ErrorKind kind, bool one_is_no_sign) {
  switch (kind) {
    case ErrorKind::authentication:
    case ErrorKind::quota_exhausted:
      return true;
    case ErrorKind::permission:
    case ErrorKind::not_found:
      return !one_is_no_sign;
    default:
      return false;
  }
}

// Why a failure that could have been retried was not: only what the user would not expect.
std::string gave_up(pace::Decision::Reason reason, const pace::Failure& failure) {
  switch (reason) {
    case pace::Decision::Reason::server_wait_too_long:
      return fmt::format("; it asks to wait {} s, longer than headway waits",
                         std::chrono::ceil<std::chrono::seconds>(*failure.server_wait).count());
    case pace::Decision::Reason::past_deadline:
      return "; another attempt would start after the deadline";
    default:
      return "";
  }
}

}  // namespace

Call::Call(std::shared_ptr<Core> core, CallRequest request)
    : core_(std::move(core)),
      request_(std::move(request)),
      retry_(retry_options(request_.max_retries), static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(this))) {}

Call::Waits& Call::waits() {
  if (!waits_) waits_ = std::make_unique<Waits>();
  return *waits_;
}

void Call::begin() {
  if (request_.deadline) {
    waits().deadline = Clock::now() + *request_.deadline;
    waits().deadline_timer = std::make_unique<Timer>(core_->executor(), *waits().deadline);
    waits().deadline_timer->async_wait([self = self()](boost::system::error_code error) {
      if (!error) self->on_deadline();
    });
  }
  depart();
}

void Call::depart() {
  try {
    gate_ = &core_->gate(request_);
    core_->retry_budget().sent(Clock::now());
    enter(false);
  } catch (const Error& error) {
    cannot_be_sent(error);
  }
}

void Call::cannot_be_sent(const Error& why) {
  settle(ended(pace::Result::not_sent), Bill());
  end_with(why.info());
}

void Call::enter(bool again) {
  where_ = Where::in_line;
  gate_->enter(self(), again);
  if (where_ != Where::in_line || !request_.max_wait) return;
  waits().patience_timer = std::make_unique<Timer>(core_->executor(), patience());
  waits().patience_timer->async_wait([self = self()](boost::system::error_code error) {
    if (!error) self->on_patience_end();
  });
}

/// How much longer it may wait to be sent.
std::chrono::nanoseconds Call::patience() const {
  return *request_.max_wait - times().quota - times().slot;
}

void Call::on_patience_end() {
  if (over_ || where_ != Where::in_line) return;
  ErrorInfo info;
  info.kind = ErrorKind::rate_limited;
  info.message = fmt::format("{} takes no call now", request_.endpoint().origin().authority());
  if (waits_ && waits_->refusal) info = std::move(*waits_->refusal);
  info.message += fmt::format("; waited {:g} s (max_wait)", std::chrono::duration<double>(*request_.max_wait).count());
  stop_with(std::move(info));
}

void Call::admitted(Ticket ticket, Waited waited) {
  where_ = Where::on_its_way;
  ticket_ = std::move(ticket);
  try {
    take(ticket_.route);
  } catch (const Error& error) {
    return cannot_be_sent(error);
  }
  if (gate_->quirks(ticket_.route) != suited_) suit(gate_->quirks(ticket_.route));
  if (waits_) waits_->patience_timer.reset();
  limits_ = nullptr;
  add(waited);
  first_byte_before_ = times().send + times().first_byte;
  body_before_ = times().body;
  ++attempts_;
  core_->count_attempt();
  core_->pool().start(self());
}

/// Makes the request that of the route.
void Call::take(std::size_t index) {
  const auto& route = (*request_.routes)[index];
  if (attempts_ > 0 && index == request_.route) return;
  request_.route = index;
  request_.http.head = route.head;
  if (const auto chat = std::exchange(request_.chat, nullptr)) request_.http.body = *chat;
  const bool other_names = request_.routes->size() > 1 || !route.model.empty();
  if (other_names && !request_.model.empty()) {
    request_.http.body = wire::with_model(request_.http.body, request_.model_there());
  }
  std::string path;
  if (const auto* dialect = request_.dialect()) {
    auto question = dialect->question_of(request_.http.body);
    auto chat = std::exchange(request_.http.body, std::move(question.body));
    const bool other_ways = request_.routes->size() > 1;  // which may speak otherwise
    if (other_ways) request_.chat = std::make_shared<const std::string>(std::move(chat));
    path = std::move(question.path);
  }
  request_.http.head = route.endpoint->current(route.head, path, request_.has_own_headers);
}

/// Makes the request one that this model takes. False: there is nothing in it to be changed.
bool Call::suit(const wire::Quirks& quirks) {
  constexpr std::string_view old_name = "max_tokens", new_name = "max_completion_tokens";
  auto& body = request_.http.body;
  bool changed = false;
  if (quirks.max_completion_tokens != suited_.max_completion_tokens) {
    const auto from = suited_.max_completion_tokens ? new_name : old_name;
    const auto to = suited_.max_completion_tokens ? old_name : new_name;
    if (auto renamed = wire::renamed_field(body, from, to)) {
      body = *std::move(renamed);
      suited_.max_completion_tokens = quirks.max_completion_tokens;
      changed = true;
    }
  }
  if (quirks.no_temperature && !suited_.no_temperature && request_.default_temperature) {
    suited_.no_temperature = true;
    if (auto without = wire::without_field(body, "temperature")) body = *std::move(without), changed = true;
  }
  return changed;
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

void Call::refused(const ErrorInfo& why) {
  where_ = Where::elsewhere;
  end_with(why);
}

// What came of this attempt is the gate's to know, whatever becomes of the call.
std::optional<Money> Call::settle(pace::Attempt attempt, Bill bill) {
  if (where_ != Where::on_its_way) return std::nullopt;
  where_ = Where::elsewhere;
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
  if (over_) return rest_is_here();
  if (is_redirect(reply.status) && follow_redirect(reply)) return;
  look_at(reply);
  is_success(reply.status) ? answered(std::move(reply)) : refused_with(reply);
  gate_->serve();
}

void Call::answered(net::Reply reply) {
  auto bill = unknown_bill();
  const auto fault = accept(reply, bill);
  const auto cost = settle(told(ended(fault ? pace::Result::server_error : pace::Result::answered), bill), bill);
  if (!fault) return end_well(cost);
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

void Call::refused_with(const net::Reply& reply) {
  auto [info, body_wait, quirks] = refusal_of(reply, request_);
  if (quirks.any()) {
    gate_->learn(request_.route, quirks);
    core_->tell_limits();
    if (suit(gate_->quirks(request_.route))) return send_again(pace::Result::answered);
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
  failed_with(std::move(info), failure);
}

// At once, and as the attempt that it should have been: it uses up no retry.
void Call::send_again(pace::Result result) {
  settle(ended(result), Bill());
  start_over();
  enter(true);
}

void Call::end_well(const std::optional<Money>& cost) {
  gate_->worked(request_.route);
  if (cost) priced(*cost);
  succeeded();
  finish();
}

// It was paid for: what came of it goes along.
void Call::unusable(ErrorInfo info, const Bill& bill, const std::optional<Money>& cost) {
  if (bill.kind == Bill::Kind::told) info.usage = bill.usage;
  if (cost) info.cost = cost->dollars();
  const auto failure = failure_of(info.kind);
  failed_with(std::move(info), failure);
}

void Call::complete_early(const Bill& bill) {
  end_well(settle(told(ended(pace::Result::answered), bill), bill));
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
  if (over_) return rest_is_here();
  auto failure = failure_of(why.kind);
  failure.unprocessed = why.unprocessed;
  // A connection that ended without an answer is that too.
  failure.unserved = !why.sent || why.kind == ErrorKind::connect;
  settle(ended(why.unprocessed ? pace::Result::not_sent : result_of(why.kind)),
         why.sent && !why.unprocessed ? unknown_bill() : Bill());
  failed_with(error_of(why), failure);
  gate_->serve();
}

bool Call::follow_redirect(const net::Reply& reply) {
  auto target = redirect_target(*request_.http.head, reply);
  if (!target || ++redirects_ > max_redirects) return false;
  auto head = std::make_shared<net::RequestHead>(*request_.http.head);
  head->target = std::move(*target);
  request_.http.head = std::move(head);
  core_->pool().start(self());
  return true;
}

void Call::failed_with(ErrorInfo info, pace::Failure failure) {
  // Of a path or headers of the caller's own nothing follows for other calls.
  const bool shows_nothing = gate_->has_worked(request_.route) || request_.has_own_path;
  const bool elsewhere = !request_.has_own_headers && no_call_can_succeed(info.kind, shows_nothing) &&
                         gate_->shut(request_.route, completed(info, request_));
  if (elsewhere && may_retry()) {
    start_over();
    return enter(true);
  }
  if (!may_retry()) return end_with(std::move(info));
  failure.probe = ticket_.reservation.probe;
  const auto now = Clock::now();
  const bool other_ways = request_.routes->size() > 1;  // for which no server's wait holds but its own
  const auto decision = retry_.failed(failure, now, other_ways || !waits_ ? std::nullopt : waits_->deadline);
  if (!decision.retry()) {
    info.message += gave_up(decision.reason, failure);
    return end_with(std::move(info));
  }
  start_over();
  if (decision.reason == pace::Decision::Reason::park) return park(std::move(info), failure.server_wait);
  const bool counts = !failure.unprocessed && !failure.unserved && !failure.probe;
  const auto wait = decision.wait + (counts ? core_->retry_budget().retry(now) : std::chrono::nanoseconds(0));
  tell_of_retry(info, wait);
  retry_after(wait);
}

void Call::tell_of_retry(const ErrorInfo& why, std::chrono::nanoseconds wait) const {
  const auto& told = core_->options().on_retry;
  if (!told) return;
  auto info = completed(why, request_);
  info.attempts = attempts_;
  told(info, wait);
}

void Call::park(ErrorInfo refusal, std::optional<std::chrono::milliseconds> server_wait) {
  if (request_.max_wait && server_wait.value_or(std::chrono::milliseconds(0)) > patience()) {
    refusal.message +=
        fmt::format("; it asks to wait {} s", std::chrono::ceil<std::chrono::seconds>(*server_wait).count());
    return end_with(std::move(refusal));
  }
  tell_of_retry(refusal, server_wait.value_or(std::chrono::milliseconds(0)));
  waits().refusal = std::make_unique<ErrorInfo>(completed(std::move(refusal), request_));
  const bool other_ways = request_.routes->size() > 1;
  if (other_ways || !server_wait || server_wait->count() <= 0) return enter(true);
  // It holds for this call, whatever the gate makes of it for others.
  times().quota += *server_wait;
  const auto wait = std::min<std::chrono::milliseconds>(*server_wait, std::chrono::hours(24));
  waits().told = gate_->waits_as_told(Clock::now() + wait);
  enter_after(wait);
}

void Call::retry_after(std::chrono::nanoseconds wait) {
  times().backoff += wait;
  enter_after(wait);
}

void Call::enter_after(std::chrono::nanoseconds wait) {
  waits().backoff_timer = std::make_unique<Timer>(core_->executor(), wait);
  waits().backoff_timer->async_wait([self = self()](boost::system::error_code error) {
    if (error || self->over_) return;
    self->waits().told.reset();
    self->enter(true);
  });
}

void Call::on_deadline() {
  if (over_) return;
  ErrorInfo info;
  info.kind = ErrorKind::deadline;
  info.message = fmt::format("the call was not done within its deadline of {} ms", request_.deadline->count());
  if (const auto& refusal = waits().refusal) {
    info.message += "; " + refusal->message;
    info.provider_message = refusal->provider_message;
    info.status = refusal->status;
  }
  stop_with(std::move(info));
}

void Call::cancel() {
  if (over_) return;
  ErrorInfo info;
  info.kind = ErrorKind::cancelled;
  info.message = "the call was cancelled";
  stop_with(std::move(info));
}

/// Ends it wherever it is, down to its socket.
void Call::stop_with(ErrorInfo info) {
  if (where_ == Where::in_line) {
    add(gate_->leave(*this));
    where_ = Where::elsewhere;
  }
  const bool seen = net::Exchange::cancel();
  settle(ended(seen ? pace::Result::cancelled : pace::Result::not_sent), seen ? unknown_bill() : Bill());
  end_with(std::move(info));
  if (gate_) gate_->serve();
}

void Call::add(Waited waited) {
  times().quota += waited.quota;
  times().slot += waited.slot;
}

void Call::end_with(ErrorInfo info) {
  info.attempts = attempts_;
  info.times = times();
  info.maybe_billed = info.maybe_billed || maybe_billed_;
  reject(Error(completed(std::move(info), request_)));
  finish();
}

void Call::finish() {
  over_ = true;
  drop_timers();
  core_->finished(self());
}

void Call::forsake() {
  drop_timers();
}

void Call::drop_timers() {
  if (!waits_) return;
  waits_->deadline_timer.reset();
  waits_->backoff_timer.reset();
  waits_->told.reset();
  waits_->patience_timer.reset();
}

}  // namespace headway::call
