#include "call/limits_seen.hpp"

#include <ctime>

#include "call/gate.hpp"

namespace headway::call {
namespace {

using namespace std::chrono_literals;

constexpr auto between_looks = 50ms;
constexpr double busy_share = 0.9;

std::chrono::nanoseconds cpu_time_of_thread() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

// What holds a call back at the gate comes first: where calls wait there, neither network nor loop is what they wait for.
void LimitsSeen::look(Gate* gate, LimitedBy for_connection, time_point now) {
  const bool busy = loop_is_busy(now);
  limited_by_ = gate ? gate->limited_by() : LimitedBy::input;
  pace_ = gate ? gate->snapshot(now) : pace::PaceSnapshot();
  const auto then = gate ? gate->resumes_at() : time_point::max();
  const bool is_known = then > now && then != time_point::max();
  resumes_in_ = is_known ? std::chrono::ceil<std::chrono::milliseconds>(then - now) : 0ms;
  if (limited_by_ == LimitedBy::input) limited_by_ = busy ? LimitedBy::cpu : for_connection;
  next_look_ = now + between_looks;
}

bool LimitsSeen::loop_is_busy(time_point now) {
  const auto cpu_time = cpu_time_of_thread();
  const auto used = cpu_time - cpu_time_;
  const auto passed = now - looked_at_;
  const bool first = looked_at_ == time_point();
  cpu_time_ = cpu_time;
  looked_at_ = now;
  return !first && static_cast<double>(used.count()) > busy_share * static_cast<double>(passed.count());
}

void LimitsSeen::add_to(ClientStats& stats) const {
  stats.limited_by = limited_by_;
  stats.resumes_in = resumes_in_;
  stats.requests_per_minute = pace_.requests_per_minute;
  stats.requests_per_minute_allowed = pace_.requests_per_minute_allowed;
  stats.requests_limit_guessed = pace_.requests_limit_guessed;
  stats.tokens_per_minute = pace_.tokens_per_minute;
  stats.tokens_per_minute_allowed = pace_.tokens_per_minute_allowed;
  stats.tokens_limit_guessed = pace_.tokens_limit_guessed;
  stats.concurrency_limit = pace_.concurrency_limit.value_or(0);
}

}  // namespace headway::call
