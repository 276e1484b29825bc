#include "base/price.hpp"

#include <algorithm>
#include <cstdint>

namespace headway {

Usage sensible(const Usage& usage) noexcept {
  // Far above any answer, and far below what overflows when a million of them are added up.
  constexpr std::int64_t most = 1'000'000'000;
  Usage sane;
  sane.prompt_tokens = std::clamp<std::int64_t>(usage.prompt_tokens, 0, most);
  sane.completion_tokens = std::clamp<std::int64_t>(usage.completion_tokens, 0, most);
  sane.cached_tokens = std::clamp<std::int64_t>(usage.cached_tokens, 0, sane.prompt_tokens);
  sane.cache_write_tokens =
      std::clamp<std::int64_t>(usage.cache_write_tokens, 0, sane.prompt_tokens - sane.cached_tokens);
  sane.cache_write_1h_tokens = std::clamp<std::int64_t>(usage.cache_write_1h_tokens, 0, sane.cache_write_tokens);
  sane.reasoning_tokens = std::clamp<std::int64_t>(usage.reasoning_tokens, 0, sane.completion_tokens);
  sane.total_tokens = sane.prompt_tokens + sane.completion_tokens;
  return sane;
}

Money cost_of(const Usage& usage, const Price& price) noexcept {
  return price.in * (usage.prompt_tokens - usage.cached_tokens - usage.cache_write_tokens) +
         price.cached_in * usage.cached_tokens +
         price.write() * (usage.cache_write_tokens - usage.cache_write_1h_tokens) +
         price.write_1h() * usage.cache_write_1h_tokens +
         price.out * (usage.completion_tokens - usage.reasoning_tokens) + price.reasoning * usage.reasoning_tokens;
}

}  // namespace headway
