#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include <headway/error.hpp>

namespace headway::pace {

/// The defaults are those of OpenAI's official SDK.
struct RetryOptions {
  int max_retries = 2;                                                        ///< 0: none
  std::chrono::milliseconds first_wait{500};                                  ///< doubled with every further retry
  std::chrono::milliseconds longest_wait = std::chrono::seconds(8);           ///< of headway's own waits
  std::chrono::milliseconds longest_server_wait = std::chrono::seconds(120);  ///< a longer one is not waited for
};

/// How one attempt failed.
struct Failure {
  ErrorKind kind = ErrorKind::server;
  std::optional<std::chrono::milliseconds> server_wait;  ///< how long the server said to wait
  std::optional<bool> should_retry;                      ///< the server's `x-should-retry`
  /// The server surely did not process the request (REFUSED_STREAM, a stream above GOAWAY's last, a stale
  /// connection with nothing written).
  bool unprocessed = false;
};

/// What to do about it.
struct Decision {
  enum class Reason {
    retry,                 ///< send it again after `wait`
    not_retryable,         ///< another attempt would end the same way
    refused_by_server,     ///< `x-should-retry: false`
    retries_used_up,       ///< it was retried max_retries times
    server_wait_too_long,  ///< the server asks for more than longest_server_wait
    past_deadline,         ///< the retry could not start before the deadline
  };

  Reason reason = Reason::not_retryable;
  std::chrono::nanoseconds wait{0};  ///< before the retry; at least 0

  bool retry() const noexcept { return reason == Reason::retry; }
};

/// The retry policy of one call: a state machine that is told what happened and when. It has no clock and
/// does no I/O; the same seed and the same failures give the same decisions.
///
/// Rules (OpenAI's SDK): timeouts, failed connections, answers cut short, 408, 409, 429 and 5xx are retried;
/// `x-should-retry` overrules that for answers with a status, except where the account has no money. The wait
/// is the server's if it gave one above zero, else min(first_wait * 2^n, longest_wait) less up to a quarter
/// at random. What was surely not processed is sent again at once and counts as no retry, three times in a
/// row; the next counts.
class Retry {
 public:
  explicit Retry(RetryOptions options, std::uint64_t seed) noexcept : options_(options), random_(seed) {}

  /// To be called once for each failed attempt. `deadline`: when the whole call ends; none: never.
  Decision failed(const Failure& failure, std::chrono::steady_clock::time_point now,
                  std::optional<std::chrono::steady_clock::time_point> deadline) noexcept;

  /// Attempts that failed so far, those that counted as no retry included.
  int failures() const noexcept { return failures_; }

 private:
  bool free_of_charge(const Failure& failure) noexcept;
  std::chrono::nanoseconds backoff() noexcept;
  double random_fraction() noexcept;

  RetryOptions options_;
  std::uint64_t random_;
  int failures_ = 0;
  int retries_ = 0;
  int unprocessed_in_a_row_ = 0;
};

}  // namespace headway::pace
