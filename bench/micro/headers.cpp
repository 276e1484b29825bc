// An answer's headers.

#include <array>
#include <chrono>
#include <utility>

#include <benchmark/benchmark.h>

#include "base/header_list.hpp"
#include "wire/http_date.hpp"
#include "wire/retry_advice.hpp"

namespace headway::wire {
namespace {

using Fields = std::array<std::pair<std::string_view, std::string_view>, 14>;

// Those of a refusal by OpenAI.
constexpr Fields fields{{
    {"date", "Fri, 15 Jan 2027 08:00:00 GMT"},
    {"content-type", "application/json; charset=utf-8"},
    {"content-length", "337"},
    {"vary", "Origin"},
    {"x-ratelimit-limit-requests", "500"},
    {"x-ratelimit-limit-tokens", "200000"},
    {"x-ratelimit-remaining-requests", "0"},
    {"x-ratelimit-remaining-tokens", "199980"},
    {"x-ratelimit-reset-requests", "8.64s"},
    {"x-ratelimit-reset-tokens", "6ms"},
    {"x-request-id", "req_0123456789abcdef0123456789abcdef"},
    {"retry-after-ms", "8640"},
    {"retry-after", "9"},
    {"strict-transport-security", "max-age=31536000; includeSubDomains; preload"},
}};

HeaderList list_of_all() {
  HeaderList headers;
  for (const auto& [name, value] : fields) headers.add(name, value);
  return headers;
}

void headers_kept(benchmark::State& state) {
  for ([[maybe_unused]] auto _ : state) {
    auto headers = list_of_all();
    benchmark::DoNotOptimize(headers);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(headers_kept);

void headers_last_found(benchmark::State& state) {
  const auto headers = list_of_all();
  for ([[maybe_unused]] auto _ : state) {
    auto value = headers.find("Strict-Transport-Security");
    benchmark::DoNotOptimize(value);
  }
}
BENCHMARK(headers_last_found);

void headers_retry_advice(benchmark::State& state) {
  const auto headers = list_of_all();
  const std::chrono::sys_seconds now(std::chrono::seconds(1'800'000'000));
  for ([[maybe_unused]] auto _ : state) {
    auto advice = retry_advice(headers, now);
    benchmark::DoNotOptimize(advice);
  }
}
BENCHMARK(headers_retry_advice);

void headers_date(benchmark::State& state) {
  const std::chrono::sys_seconds now(std::chrono::seconds(1'800'000'000));
  for ([[maybe_unused]] auto _ : state) {
    auto date = http_date(fields.front().second, now);
    benchmark::DoNotOptimize(date);
  }
}
BENCHMARK(headers_date);

}  // namespace
}  // namespace headway::wire
