#include "pace/retry.hpp"

#include <algorithm>
#include <cmath>

namespace headway::pace {
namespace {

using std::chrono::nanoseconds;
using Reason = Decision::Reason;

constexpr int most_unprocessed_in_a_row = 3;

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

Reason judge(const Failure& failure) noexcept {
  if (failure.should_retry && obeys_should_retry(failure.kind)) {
    return *failure.should_retry ? Reason::retry : Reason::refused_by_server;
  }
  return is_transient(failure.kind) ? Reason::retry : Reason::not_retryable;
}

}  // namespace

Decision Retry::failed(const Failure& failure, std::chrono::steady_clock::time_point now,
                       std::optional<std::chrono::steady_clock::time_point> deadline) noexcept {
  ++failures_;
  const bool free = free_of_charge(failure);
  if (const auto verdict = judge(failure); verdict != Reason::retry) return {verdict};
  if (!free && retries_ >= options_.max_retries) return {Reason::retries_used_up};
  if (failure.server_wait > options_.longest_server_wait) return {Reason::server_wait_too_long};

  nanoseconds wait{0};
  if (!free) {
    // A wait of zero tells nothing of when: Azure sends it, and so does a date read by a clock that is ahead.
    const bool server_says = failure.server_wait > std::chrono::milliseconds(0);
    wait = server_says ? nanoseconds(*failure.server_wait) : backoff();
    ++retries_;
  }
  if (deadline && now + wait >= *deadline) return {Reason::past_deadline};
  return {Reason::retry, wait};
}

bool Retry::free_of_charge(const Failure& failure) noexcept {
  unprocessed_in_a_row_ = failure.unprocessed ? unprocessed_in_a_row_ + 1 : 0;
  return failure.unprocessed && unprocessed_in_a_row_ <= most_unprocessed_in_a_row;
}

nanoseconds Retry::backoff() noexcept {
  constexpr double largest_share_taken_off = 0.25;
  const double doubled = std::ldexp(static_cast<double>(nanoseconds(options_.first_wait).count()), retries_);
  const double longest = static_cast<double>(nanoseconds(options_.longest_wait).count());
  const double wait = std::min(doubled, longest) * (1 - largest_share_taken_off * random_fraction());
  return nanoseconds(static_cast<nanoseconds::rep>(wait));
}

// SplitMix64 (Steele, Lea and Flood 2014): eight bytes of state, and neighbouring seeds give unlike numbers.
double Retry::random_fraction() noexcept {
  random_ += 0x9E3779B97F4A7C15;
  std::uint64_t bits = random_;
  bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
  bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
  bits ^= bits >> 31;
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

}  // namespace headway::pace
