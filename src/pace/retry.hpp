#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include <headway/error.hpp>

#include "pace/random.hpp"

namespace headway::pace {

/// How one attempt failed.
struct Failure {
  ErrorKind kind = ErrorKind::server;
  std::optional<std::chrono::milliseconds> server_wait;  ///< how long the server said to wait
  std::optional<bool> should_retry;                      ///< the server's `x-should-retry`
  /// The server surely did not process the request (REFUSED_STREAM, a stream above GOAWAY's last, a stale
  /// connection with nothing written).
  bool unprocessed = false;
  bool overloaded = false;  ///< it has no room: 503 and 529, `server_is_overloaded`, `overloaded_error`, `slow_down`
  /// No server is at work on it: none got it, or its connection broke before any answer. Another attempt adds to no load.
  bool unserved = false;
  bool probe = false;  ///< the attempt was Reservation::probe
};

/// Whether what failed so has reached no endpoint.
bool is_unreachable(ErrorKind kind) noexcept;

/// What to do about it.
struct Decision {
  enum class Reason {
    retry,                 ///< send it again after `wait`
    park,                  ///< too fast, or no room: send it again as soon as the Pacer admits it
    not_retryable,         ///< another attempt would end the same way
    refused_by_server,     ///< `x-should-retry: false`
    retries_used_up,       ///< it was retried max_retries times
    server_wait_too_long,  ///< the server asks for more than two minutes
    past_deadline,         ///< the retry could not start before the deadline
  };

  Reason reason = Reason::not_retryable;
  std::chrono::nanoseconds wait{0};  ///< before the retry; at least 0. If parked: for a call that no Pacer holds back

  /// Whether there is to be another attempt.
  bool retry() const noexcept { return reason == Reason::retry || reason == Reason::park; }
};

/// The retry policy of one call: a state machine that is told what happened and when. It has no clock and
/// does no I/O; the same seed and the same failures give the same decisions.
///
/// Rules (OpenAI's SDK): timeouts, failed connections, answers cut short, 408, 409, 429 and 5xx are tried again;
/// `x-should-retry` overrules that for answers with a status, except where the account has no money.
/// - A retry waits as long as the server said, if above zero; else at random between nothing and
///   min(0.5 s * 2^n, 8 s), OpenAI's: full jitter (Brooker, "Exponential Backoff And Jitter", AWS 2015).
/// - Waiting is not failing: what was refused as too fast or for want of room is parked and uses up no retry, however
///   often and however long the server asks to wait.
/// - What was surely not processed is sent again at once and counts as no retry, three times in a row; the next counts.
/// - A failed probe counts as no retry, ten times, or thirty if the endpoint cannot be reached: it was known to fail, and
///   the call is not to pay for it; not so with max_retries = 0.
class Retry {
 public:
  /// `max_retries`: 0 for none.
  explicit Retry(int max_retries, std::uint64_t seed) noexcept : random_(seed), max_retries_(max_retries) {}

  /// To be called once for each failed attempt. `deadline`: when the whole call ends; none: never.
  Decision failed(const Failure& failure, std::chrono::steady_clock::time_point now,
                  std::optional<std::chrono::steady_clock::time_point> deadline) noexcept;

 private:
  Decision park(const Failure& failure) noexcept;
  Decision retry(const Failure& failure) noexcept;
  bool sent_again_at_once(const Failure& failure) noexcept;
  bool free_probe(const Failure& failure) noexcept;
  std::chrono::nanoseconds backoff(int times_before) noexcept;

  Random random_;
  int max_retries_;
  int retries_ = 0;
  int parked_ = 0;
  int free_probes_ = 0;
  int unprocessed_in_a_row_ = 0;
};

}  // namespace headway::pace
