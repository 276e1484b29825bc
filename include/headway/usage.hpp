#pragma once

#include <cstdint>

namespace headway {

/// Tokens as they are charged; all zero if the provider did not say. Where its counts contradict each other the larger
/// holds: some leave the reasoning out of `completion_tokens` and count it in the total alone.
struct Usage {
  std::int64_t prompt_tokens = 0;  ///< with those that were cached, or were written to the cache
  std::int64_t completion_tokens = 0;
  std::int64_t total_tokens = 0;
  std::int64_t cached_tokens = 0;          ///< of prompt_tokens: those the provider had in its cache, mostly cheaper
  std::int64_t reasoning_tokens = 0;       ///< of completion_tokens: those the model thought with and did not show
  std::int64_t cache_write_tokens = 0;     ///< of prompt_tokens: those put into the provider's cache, mostly dearer
  std::int64_t cache_write_1h_tokens = 0;  ///< of cache_write_tokens: those to be kept for an hour

  constexpr Usage& operator+=(const Usage& other) {
    prompt_tokens += other.prompt_tokens;
    completion_tokens += other.completion_tokens;
    total_tokens += other.total_tokens;
    cached_tokens += other.cached_tokens;
    reasoning_tokens += other.reasoning_tokens;
    cache_write_tokens += other.cache_write_tokens;
    cache_write_1h_tokens += other.cache_write_1h_tokens;
    return *this;
  }
};

}  // namespace headway
