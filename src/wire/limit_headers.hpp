#pragma once

#include <chrono>

#include "base/header_list.hpp"
#include "base/limit_snapshot.hpp"

namespace headway::wire {

/// Reads the limit headers of an answer:
/// - `x-ratelimit-{limit,remaining,reset}-{requests,tokens}` (OpenAI, Azure, Groq and servers that speak like them);
///   reset is a Go duration (`12ms`, `6m0s`, `1h2m3.5s`) or a number of seconds (Azure).
/// - `anthropic-ratelimit-{requests,tokens,input-tokens,output-tokens}-{limit,remaining,reset}`; reset is a time in
///   RFC 3339, and one that has passed is 0.
///
/// What makes no sense counts as absent: a word, negative (Azure sends -1 for "not known"), nan, a limit of 0 (Azure),
/// more than 10^15, a reset of more than 31 days. `now` is the wall clock's time. Allocates nothing; without such
/// headers it costs a look at the first letter of each name.
LimitSnapshot limit_headers(const HeaderList& headers, std::chrono::system_clock::time_point now);

}  // namespace headway::wire
