#include "call/call.hpp"

#include <utility>

#include <fmt/format.h>

#include "call/call_error.hpp"
#include "call/redirect.hpp"
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

void Call::begin() {
  if (request_.deadline) {
    deadline_ = Clock::now() + *request_.deadline;
    deadline_timer_ = std::make_unique<boost::asio::steady_timer>(core_->executor(), *deadline_);
    deadline_timer_->async_wait([self = self()](boost::system::error_code error) {
      if (!error) self->on_deadline();
    });
  }
  attempt();
}

void Call::attempt() {
  ++attempts_;
  core_->pool().start(self());
}

void Call::replied(net::Reply reply) {
  if (over_) return rest_is_here();
  if (is_success(reply.status)) {
    auto request_id = std::string(reply.headers.value("x-request-id"));
    const auto fault = accept(std::move(reply));
    return fault ? unusable(*fault, std::move(request_id)) : finish();
  }
  if (is_redirect(reply.status) && follow_redirect(reply)) return;
  auto info = error_of(reply, request_);
  const auto advice = wire::retry_advice(reply.headers, std::chrono::system_clock::now());
  auto failure = failure_of(info.kind);
  failure.server_wait = advice.wait;
  failure.should_retry = advice.should_retry;
  failed_with(std::move(info), failure);
}

void Call::unusable(const Error& error, std::string request_id) {
  auto info = error.info();
  info.request_id = std::move(request_id);
  failed_with(info, failure_of(info.kind));
}

void Call::complete_early() {
  finish();
  const auto timer = std::make_shared<boost::asio::steady_timer>(core_->executor(), longest_wait_for_rest);
  rest_timer_ = timer;
  timer->async_wait([self = self(), timer](boost::system::error_code error) {
    if (!error) self->net::Exchange::cancel();
  });
}

void Call::rest_is_here() {
  if (const auto timer = rest_timer_.lock()) timer->cancel();
}

void Call::fail_early(const Error& error, std::string request_id) {
  net::Exchange::cancel();
  unusable(error, std::move(request_id));
}

void Call::failed(net::Failure why) {
  if (over_) return rest_is_here();
  auto failure = failure_of(why.kind);
  failure.unprocessed = why.unprocessed;
  failed_with(error_of(why), failure);
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

void Call::failed_with(ErrorInfo info, const pace::Failure& failure) {
  if (!may_retry()) return end_with(std::move(info));
  const auto decision = retry_.failed(failure, Clock::now(), deadline_);
  if (decision.retry()) {
    start_over();
    return retry_after(decision.wait);
  }
  info.message += gave_up(decision.reason, failure);
  end_with(std::move(info));
}

void Call::retry_after(std::chrono::nanoseconds wait) {
  times().backoff += wait;
  backoff_timer_ = std::make_unique<boost::asio::steady_timer>(core_->executor(), wait);
  backoff_timer_->async_wait([self = self()](boost::system::error_code error) {
    if (!error && !self->over_) self->attempt();
  });
}

void Call::on_deadline() {
  if (over_) return;
  net::Exchange::cancel();
  ErrorInfo info;
  info.kind = ErrorKind::deadline;
  info.message = fmt::format("the call was not done within its deadline of {} ms", request_.deadline->count());
  end_with(std::move(info));
}

void Call::cancel() {
  if (over_) return;
  net::Exchange::cancel();
  ErrorInfo info;
  info.kind = ErrorKind::cancelled;
  info.message = "the call was cancelled";
  end_with(std::move(info));
}

void Call::end_with(ErrorInfo info) {
  info.attempts = attempts_;
  info.times = times();
  reject(Error(completed(std::move(info), request_)));
  finish();
}

void Call::finish() {
  over_ = true;
  deadline_timer_.reset();
  backoff_timer_.reset();
  core_->finished(self());
}

void Call::forsake() {
  deadline_timer_.reset();
  backoff_timer_.reset();
}

}  // namespace headway::call
