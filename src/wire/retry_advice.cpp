#include "wire/retry_advice.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>

#include "wire/ascii.hpp"
#include "wire/http_date.hpp"

namespace headway::wire {
namespace {

using namespace std::chrono;

// A number of `Unit`, rounded up so that nobody comes too early.
template <class Unit>
std::optional<milliseconds> wait_in(std::string_view text) {
  double count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  const double wait = std::ceil(duration<double, std::milli>(duration<double, typename Unit::period>(count)).count());
  // What nanoseconds, the unit of the clocks, can hold: 292 years. A NaN fails every comparison.
  constexpr auto longest = static_cast<double>(duration_cast<milliseconds>(nanoseconds::max()).count());
  if (!(count >= 0 && wait <= longest)) return std::nullopt;
  return milliseconds(static_cast<milliseconds::rep>(wait));
}

std::optional<milliseconds> wait_until(std::string_view text, system_clock::time_point now) {
  const auto date = http_date(text, floor<seconds>(now));
  if (!date) return std::nullopt;
  return std::max(milliseconds(0), *date - floor<milliseconds>(now));
}

std::optional<milliseconds> wait_of(const HeaderList& headers, system_clock::time_point now) {
  if (const auto wait = wait_in<milliseconds>(without_blanks(headers.value("retry-after-ms")))) return wait;
  const auto retry_after = without_blanks(headers.value("retry-after"));
  if (const auto wait = wait_in<seconds>(retry_after)) return wait;
  return wait_until(retry_after, now);
}

std::optional<bool> should_retry(std::string_view text) {
  if (text == "true") return true;
  return text == "false" ? std::optional<bool>(false) : std::nullopt;
}

}  // namespace

RetryAdvice retry_advice(const HeaderList& headers, system_clock::time_point now) {
  return {wait_of(headers, now), should_retry(without_blanks(headers.value("x-should-retry")))};
}

}  // namespace headway::wire
