#include "wire/limit_headers.hpp"

#include <gtest/gtest.h>

namespace headway::wire {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using std::chrono::sys_days;

constexpr std::chrono::sys_seconds now = sys_days(std::chrono::February / 3 / 2026) + 4h + 5min + 6s;

LimitSnapshot of(std::initializer_list<std::pair<const char*, const char*>> fields) {
  HeaderList headers;
  for (const auto& [name, value] : fields) headers.add(name, value);
  return limit_headers(headers, now);
}

std::optional<nanoseconds> reset_of(const char* text) {
  return of({{"x-ratelimit-reset-requests", text}}).requests.reset;
}

std::optional<nanoseconds> anthropic_reset_of(const char* text) {
  return of({{"anthropic-ratelimit-requests-reset", text}}).requests.reset;
}

TEST(LimitHeaders, AreNothingWithoutSuchHeaders) {
  EXPECT_TRUE(of({}).empty());
  EXPECT_TRUE(of({{"content-type", "application/json"}, {"x-ratelimit-", "1"}, {"x-request-id", "req_1"}}).empty());
}

TEST(LimitHeaders, ReadsOpenAi) {
  const auto limits = of({{"x-ratelimit-limit-requests", "600"},
                          {"X-RateLimit-Remaining-Requests", "599"},
                          {"x-ratelimit-reset-requests", "100ms"},
                          {"x-ratelimit-limit-tokens", "150000"},
                          {"x-ratelimit-remaining-tokens", " 149984 "},
                          {"x-ratelimit-reset-tokens", "6m0s"}});
  EXPECT_EQ(limits.requests.limit, 600);
  EXPECT_EQ(limits.requests.remaining, 599);
  EXPECT_EQ(limits.requests.reset, 100ms);
  EXPECT_EQ(limits.tokens.limit, 150'000);
  EXPECT_EQ(limits.tokens.remaining, 149'984);
  EXPECT_EQ(limits.tokens.reset, 6min);
  EXPECT_TRUE(limits.input_tokens.empty());
  EXPECT_TRUE(limits.output_tokens.empty());
}

TEST(LimitHeaders, ReadsAnthropic) {
  const auto limits = of({{"anthropic-ratelimit-requests-limit", "50"},
                          {"anthropic-ratelimit-requests-remaining", "49"},
                          {"anthropic-ratelimit-requests-reset", "2026-02-03T04:05:36Z"},
                          {"anthropic-ratelimit-input-tokens-limit", "30000"},
                          {"anthropic-ratelimit-output-tokens-remaining", "8000"},
                          {"anthropic-ratelimit-tokens-limit", "38000"}});
  EXPECT_EQ(limits.requests.limit, 50);
  EXPECT_EQ(limits.requests.remaining, 49);
  EXPECT_EQ(limits.requests.reset, 30s);
  EXPECT_EQ(limits.input_tokens.limit, 30'000);
  EXPECT_EQ(limits.output_tokens.remaining, 8'000);
  EXPECT_EQ(limits.tokens.limit, 38'000);
}

TEST(LimitHeaders, ReadsGoDurations) {
  const std::pair<const char*, nanoseconds> cases[] = {
      {"12ms", 12ms},    {"6m0s", 6min},         {"1h2m3.5s", 1h + 2min + 3500ms},
      {"8.64s", 8640ms}, {"2m59.56s", 179560ms}, {"0s", 0s},
      {"250us", 250us},  {"250µs", 250us},       {"1d", 24h},
      {"100ns", 100ns},
  };
  for (const auto& [text, reset] : cases) EXPECT_EQ(reset_of(text), reset) << text;
}

TEST(LimitHeaders, ReadsAzuresWholeSeconds) {
  EXPECT_EQ(reset_of("17"), 17s);
  EXPECT_EQ(reset_of("0"), 0s);
}

TEST(LimitHeaders, ReadsRfc3339) {
  const std::pair<const char*, nanoseconds> cases[] = {
      {"2026-02-03T04:05:06.25Z", 250ms}, {"2026-02-03t04:06:06z", 1min}, {"2026-02-03T06:05:07+02:00", 1s},
      {"2026-02-02T23:05:07-05:00", 1s},  {"2026-02-03T04:05:00Z", 0s},   {"1970-01-01T00:00:00Z", 0s},
  };
  for (const auto& [text, reset] : cases) EXPECT_EQ(anthropic_reset_of(text), reset) << text;
}

TEST(LimitHeaders, NonsenseCountsAsAbsent) {
  for (const char* text :
       {"", "soon", "-1", "-1s", "nan", "inf", "1e3s", "1x", "s", "5m-3s", "1 s", "32d", "99999999999h"}) {
    EXPECT_EQ(reset_of(text), std::nullopt) << text;
  }
  for (const char* text :
       {"", "soon", "30s", "2026-02-30T00:00:00Z", "2026-02-03 04:05:06Z", "2026-02-03T04:05:06",
        "2026-02-03T25:05:06Z", "2026-02-03T04:05:06.Z", "2026-02-03T04:05:06+0200", "9999-12-31T23:59:59Z"}) {
    EXPECT_EQ(anthropic_reset_of(text), std::nullopt) << text;
  }
  for (const char* text : {"", "many", "-1", "nan", "1e300", "12 000", "0x10", "9999999999999999"}) {
    EXPECT_EQ(of({{"x-ratelimit-limit-tokens", text}}).tokens.limit, std::nullopt) << text;
    EXPECT_EQ(of({{"x-ratelimit-remaining-tokens", text}}).tokens.remaining, std::nullopt) << text;
  }
}

TEST(LimitHeaders, ALimitOfZeroIsNotKnown) {
  const auto limits = of({{"x-ratelimit-limit-requests", "0"}, {"x-ratelimit-remaining-requests", "0"}});
  EXPECT_EQ(limits.requests.limit, std::nullopt);
  EXPECT_EQ(limits.requests.remaining, 0);
}

TEST(LimitHeaders, ReadsNothingOfOtherKinds) {
  EXPECT_TRUE(of({{"x-ratelimit-limit-images", "5"}, {"anthropic-ratelimit-requests-colour", "5"}}).empty());
}

}  // namespace
}  // namespace headway::wire
