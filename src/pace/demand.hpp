#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include <headway/limited_by.hpp>

#include "base/limit_snapshot.hpp"

namespace headway::pace {

using time_point = std::chrono::steady_clock::time_point;

/// What is known of a call before it is sent.
struct Demand {
  std::size_t prompt_bytes = 0;            ///< of the prompt, as UTF-8
  std::optional<std::int64_t> max_tokens;  ///< of the answer at the most; none: the call does not say
};

/// Requests and tokens, counted up.
struct Sums {
  double requests = 0;
  double input_tokens = 0;
  double output_tokens = 0;
  double most_output_tokens = 0;  ///< max_tokens where a call says so
  // Of calls that have ended.
  double ended_requests = 0;
  double ended_input_tokens = 0;
  double ended_output_tokens = 0;
  double ended_most_output_tokens = 0;
};

/// What is set aside for an attempt from its admission to its end. Kept by the call, given back once.
struct Reservation {
  Demand demand;
  double input_tokens = 0;   ///< estimated
  double output_tokens = 0;  ///< estimated: the mean, not the most
  time_point admitted_at;
  Sums sent_before;    ///< Quota's own: what was sent before this attempt
  bool probe = false;  ///< sent to see whether an endpoint that failed works again
};

/// How an attempt ended, as far as pacing goes.
enum class Result {
  answered,      ///< a good answer, or one that is the request's own fault (4xx): the endpoint works
  refused,       ///< 429: too fast
  overloaded,    ///< 503 and 529: the server has no room
  server_error,  ///< other 5xx, 408, 409, an answer cut short
  timed_out,     ///< no answer in time
  unreachable,   ///< no connection, DNS, TLS, or reset
  not_sent,      ///< the server surely did not see it, or it was cancelled before: nothing was used
  cancelled,     ///< by the caller, after it was sent: says nothing of the endpoint
};

/// What one attempt told.
struct Attempt {
  Result result = Result::answered;
  LimitSnapshot limits;                                 ///< of its headers; empty if none
  std::optional<std::chrono::nanoseconds> server_wait;  ///< how long the server said to wait
  std::optional<std::int64_t> input_tokens;             ///< the provider's own count
  std::optional<std::int64_t> output_tokens;
  std::optional<std::chrono::nanoseconds> to_first_byte;  ///< from sending; of a stream: to the first token
  std::optional<std::chrono::nanoseconds> to_end;         ///< from sending
};

/// Whether a call may be sent now.
struct Admission {
  bool admitted = false;
  Reservation reservation;                   ///< if admitted
  time_point ask_again = time_point::max();  ///< else: when to ask again; max(): when an attempt ends
  LimitedBy limited_by = LimitedBy::input;   ///< else: why
};

}  // namespace headway::pace
