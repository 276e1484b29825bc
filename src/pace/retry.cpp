#include "pace/retry.hpp"

#include <algorithm>
#include <cmath>

namespace headway::pace {
namespace {

using std::chrono::nanoseconds;
using Reason = Decision::Reason;

constexpr nanoseconds first_wait = std::chrono::milliseconds(500);  // at the most; doubled each further time
constexpr nanoseconds longest_wait = std::chrono::seconds(8);       // of headway's own waits
constexpr auto longest_server_wait = std::chrono::seconds(120);     // a longer one is not waited for
constexpr int most_unprocessed_in_a_row = 3;
constexpr int most_free_probes = 10;
// Breaker makes them sooner and oftener, for they cost nobody anything.
constexpr int most_free_probes_unreachable = 30;

bool is_transient(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::rate_limited:
    case ErrorKind::server:
    case ErrorKind::connect:
    case ErrorKind::dns:
    case ErrorKind::connect_timeout:
    case ErrorKind::first_byte_timeout:
    case ErrorKind::idle_timeout:
    case ErrorKind::timeout:
    case ErrorKind::incomplete:
      return true;
    default:
      return false;
  }
}

// Kinds of an answer whose status may be overruled by `x-should-retry`; no money is no money.
bool obeys_should_retry(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::authentication:
    case ErrorKind::permission:
    case ErrorKind::not_found:
    case ErrorKind::bad_request:
    case ErrorKind::rate_limited:
    case ErrorKind::server:
      return true;
    default:
      return false;
  }
}

bool is_no_room(const Failure& failure) noexcept {
  return failure.kind == ErrorKind::rate_limited || (failure.overloaded && failure.kind == ErrorKind::server);
}

Reason judge(const Failure& failure) noexcept {
  const bool told = failure.should_retry && obeys_should_retry(failure.kind);
  if (told && !*failure.should_retry) return Reason::refused_by_server;
  if (is_no_room(failure)) return Reason::park;
  return told || is_transient(failure.kind) ? Reason::retry : Reason::not_retryable;
}

// A wait of zero tells nothing of when: Azure sends it, and so does a date read by a clock that is ahead.
bool server_says_when(const Failure& failure) noexcept {
  return failure.server_wait > std::chrono::milliseconds(0);
}

// Adding it to a time must not overflow; no limit has a window of more than a month.
nanoseconds told_wait(const Failure& failure) noexcept {
  return std::min<std::chrono::milliseconds>(*failure.server_wait, std::chrono::hours(24 * 31));
}

}  // namespace

bool is_unreachable(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::connect:
    case ErrorKind::dns:
    case ErrorKind::tls:
    case ErrorKind::connect_timeout:
      return true;
    default:
      return false;
  }
}

Decision Retry::failed(const Failure& failure, std::chrono::steady_clock::time_point now,
                       std::optional<std::chrono::steady_clock::time_point> deadline) noexcept {
  const auto verdict = judge(failure);
  const auto decision = verdict == Reason::retry  ? retry(failure)
                        : verdict == Reason::park ? park(failure)
                                                  : Decision{verdict};
  // How long the Pacer holds a parked call is its own matter, unless the server has told.
  const bool waits = decision.reason == Reason::retry || server_says_when(failure);
  if (decision.retry() && deadline && now + (waits ? decision.wait : nanoseconds(0)) >= *deadline) {
    return {Reason::past_deadline};
  }
  return decision;
}

Decision Retry::park(const Failure& failure) noexcept {
  unprocessed_in_a_row_ = 0;
  const auto wait = server_says_when(failure) ? told_wait(failure) : backoff(parked_);
  ++parked_;
  return {Reason::park, wait};
}

Decision Retry::retry(const Failure& failure) noexcept {
  if (sent_again_at_once(failure)) return {Reason::retry};
  const bool free = free_probe(failure);
  if (!free && retries_ >= max_retries_) return {Reason::retries_used_up};
  if (failure.server_wait > longest_server_wait) return {Reason::server_wait_too_long};
  const int times_before = retries_ + free_probes_;
  ++(free ? free_probes_ : retries_);
  return {Reason::retry, server_says_when(failure) ? told_wait(failure) : backoff(times_before)};
}

bool Retry::sent_again_at_once(const Failure& failure) noexcept {
  unprocessed_in_a_row_ = failure.unprocessed ? unprocessed_in_a_row_ + 1 : 0;
  return failure.unprocessed && unprocessed_in_a_row_ <= most_unprocessed_in_a_row;
}

// Who wants no call sent twice (max_retries = 0) wants no probe sent again either.
bool Retry::free_probe(const Failure& failure) noexcept {
  const int most = is_unreachable(failure.kind) ? most_free_probes_unreachable : most_free_probes;
  return failure.probe && max_retries_ > 0 && !failure.unprocessed && free_probes_ < most;
}

nanoseconds Retry::backoff(int times_before) noexcept {
  const double doubled = std::ldexp(static_cast<double>(first_wait.count()), times_before);
  const double longest = static_cast<double>(longest_wait.count());
  return nanoseconds(static_cast<nanoseconds::rep>(std::min(doubled, longest) * random_.fraction()));
}

}  // namespace headway::pace
