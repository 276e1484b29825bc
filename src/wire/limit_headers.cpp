#include "wire/limit_headers.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>

#include "wire/ascii.hpp"

namespace headway::wire {
namespace {

using namespace std::chrono;

constexpr double largest_limit = 1e15;
constexpr double longest_reset = duration<double>(days(31)).count();

// Takes a number with at most a decimal point off the front of `text`.
std::optional<double> take_number(std::string_view& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc() || !(value >= 0 && value <= largest_limit)) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

std::optional<double> count_of(std::string_view text) {
  const auto value = take_number(text);
  return text.empty() ? value : std::nullopt;
}

std::optional<nanoseconds> reset_in(double seconds) {
  if (!(seconds >= 0 && seconds <= longest_reset)) return std::nullopt;
  return nanoseconds(std::llround(seconds * 1e9));
}

// The unit of a Go duration at the front of `text` in seconds, taken off; 0 if there is none.
double take_unit(std::string_view& text) {
  struct Unit {
    std::string_view name;
    double seconds;
  };
  // "ms" before "m"; both ways to write a micro. "d" is not Go's, but some servers send it.
  constexpr Unit units[] = {{"ns", 1e-9}, {"us", 1e-6}, {"\u00b5s", 1e-6}, {"\u03bcs", 1e-6}, {"ms", 1e-3},
                            {"s", 1},     {"m", 60},    {"h", 3600},       {"d", 86400}};
  for (const auto& unit : units) {
    if (!text.starts_with(unit.name)) continue;
    text.remove_prefix(unit.name.size());
    return unit.seconds;
  }
  return 0;
}

// A number alone is seconds.
std::optional<nanoseconds> go_duration(std::string_view text) {
  if (const auto seconds = count_of(text)) return reset_in(*seconds);
  double sum = 0;
  do {
    const auto number = take_number(text);
    const double unit = number ? take_unit(text) : 0;
    if (unit == 0) return std::nullopt;
    sum += *number * unit;
  } while (!text.empty());
  return reset_in(sum);
}

// `text` from `at` as a number of `digits` digits; -1 if it is none.
int digits(std::string_view text, std::size_t at, std::size_t digits) {
  int value = 0;
  if (at + digits > text.size()) return -1;
  for (const char c : text.substr(at, digits)) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

// `Z` or `+01:30`: how far ahead of UTC.
std::optional<minutes> zone(std::string_view text) {
  if (text == "Z" || text == "z") return minutes(0);
  const int h = digits(text, 1, 2), m = digits(text, 4, 2);
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':' || h < 0 || h > 23 || m < 0 || m > 59) {
    return std::nullopt;
  }
  const auto ahead = hours(h) + minutes(m);
  return text[0] == '-' ? -ahead : ahead;
}

// RFC 3339, 5.6: 2026-02-03T04:05:06.789Z. Seconds from `now` until then; negative if it has passed.
std::optional<double> seconds_until(std::string_view text, system_clock::time_point now) {
  const int y = digits(text, 0, 4), mo = digits(text, 5, 2), d = digits(text, 8, 2);
  const int h = digits(text, 11, 2), mi = digits(text, 14, 2), s = digits(text, 17, 2);
  if (y < 0 || mo < 0 || d < 0 || h < 0 || h > 23 || mi < 0 || mi > 59 || s < 0 || s > 60) return std::nullopt;
  const bool separated =
      text[4] == '-' && text[7] == '-' && lower(text[10]) == 't' && text[13] == ':' && text[16] == ':';
  const year_month_day date(year(y), month(static_cast<unsigned>(mo)), day(static_cast<unsigned>(d)));
  if (!separated || !date.ok()) return std::nullopt;
  text.remove_prefix(19);
  double fraction = 0;
  if (text.starts_with('.')) {
    const auto value = take_number(text);
    if (!value || *value >= 1) return std::nullopt;
    fraction = *value;
  }
  const auto ahead = zone(text);
  if (!ahead) return std::nullopt;
  // In whole seconds: nanoseconds cannot hold the year 9999.
  const sys_seconds at = sys_days(date) + hours(h) + minutes(mi) + seconds(s) - *ahead;
  const auto now_second = floor<seconds>(now);
  return static_cast<double>((at - now_second).count()) + fraction - duration<double>(now - now_second).count();
}

std::optional<nanoseconds> until(std::string_view text, system_clock::time_point now) {
  const auto seconds = seconds_until(text, now);
  return seconds ? reset_in(std::max(0.0, *seconds)) : std::nullopt;
}

LimitReading* reading_of(LimitSnapshot& limits, std::string_view what) {
  if (same_header_name(what, "requests")) return &limits.requests;
  if (same_header_name(what, "tokens")) return &limits.tokens;
  if (same_header_name(what, "input-tokens")) return &limits.input_tokens;
  return same_header_name(what, "output-tokens") ? &limits.output_tokens : nullptr;
}

void read_limit(LimitReading& reading, std::string_view value) {
  const auto limit = count_of(value);
  if (limit && *limit > 0) reading.limit = limit;
}

// `limit-requests` and its like.
void read_openai(LimitSnapshot& limits, std::string_view name, std::string_view value) {
  const auto dash = name.find('-');
  if (dash == std::string_view::npos) return;
  const auto field = name.substr(0, dash);
  auto* reading = reading_of(limits, name.substr(dash + 1));
  if (reading == nullptr) return;
  if (same_header_name(field, "limit")) read_limit(*reading, value);
  if (same_header_name(field, "remaining")) reading->remaining = count_of(value);
  if (same_header_name(field, "reset")) reading->reset = go_duration(value);
}

// `requests-limit` and its like.
void read_anthropic(LimitSnapshot& limits, std::string_view name, std::string_view value,
                    system_clock::time_point now) {
  const auto dash = name.rfind('-');
  if (dash == std::string_view::npos) return;
  const auto field = name.substr(dash + 1);
  auto* reading = reading_of(limits, name.substr(0, dash));
  if (reading == nullptr) return;
  if (same_header_name(field, "limit")) read_limit(*reading, value);
  if (same_header_name(field, "remaining")) reading->remaining = count_of(value);
  if (same_header_name(field, "reset")) reading->reset = until(value, now);
}

}  // namespace

LimitSnapshot limit_headers(const HeaderList& headers, system_clock::time_point now) {
  constexpr std::string_view openai = "x-ratelimit-", anthropic = "anthropic-ratelimit-";
  LimitSnapshot limits;
  for (const auto [name, value] : headers) {
    if (name.size() > openai.size() && starts_with_word(name, openai)) {
      read_openai(limits, name.substr(openai.size()), without_blanks(value));
    } else if (name.size() > anthropic.size() && starts_with_word(name, anthropic)) {
      read_anthropic(limits, name.substr(anthropic.size()), without_blanks(value), now);
    }
  }
  return limits;
}

}  // namespace headway::wire
