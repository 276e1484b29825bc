#include "job/report/human.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace headway::job {

std::string grouped(std::uint64_t count) {
  auto text = std::to_string(count);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<std::size_t>(at), 1, ',');
  }
  return text;
}

std::string shortened(double value) {
  if (!std::isfinite(value)) return "–";
  const auto digits = [](double v) {
    const auto size = std::abs(v);
    if (v == std::round(v) && size < 1000) return fmt::format("{:.0f}", v);
    if (size < 0.995) return fmt::format("{:.2f}", v);
    return size < 99.95 ? fmt::format("{:.1f}", v) : fmt::format("{:.0f}", v);
  };
  if (std::abs(value) < 999.5) return digits(value);
  if (std::abs(value) < 999.5e3) return digits(value / 1e3) + "k";
  return std::abs(value) < 999.5e6 ? digits(value / 1e6) + "M" : digits(value / 1e9) + "G";
}

std::string counted(std::uint64_t count, const char* of_one) {
  return fmt::format("{} {}{}", grouped(count), of_one, count == 1 ? "" : "s");
}

std::string duration_text(std::chrono::duration<double> duration) {
  const double seconds = std::max(0.0, duration.count());
  if (!std::isfinite(seconds)) return "–";
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  constexpr double longest = 1e15;
  const auto whole = static_cast<std::int64_t>(std::llround(std::min(seconds, longest)));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  if (whole < 86400) return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
  return fmt::format("{} d {:02} h", whole / 86400, whole % 86400 / 3600);
}

std::string latency_text(std::chrono::nanoseconds latency) {
  const double ms = std::chrono::duration<double, std::milli>(latency).count();
  if (ms < 9.995) return fmt::format("{:.2f} ms", ms);
  if (ms < 999.5) return fmt::format("{:.0f} ms", ms);
  if (ms < 59'995) return fmt::format("{:.2f} s", ms / 1e3);
  return duration_text(latency);
}

std::string dollars_text(Money money) {
  const double dollars = money.dollars();
  if (dollars <= 0) return "$0";
  if (dollars < 0.01) {  // two digits that count
    const auto places = 1 - static_cast<int>(std::floor(std::log10(dollars)));
    return fmt::format("${:.{}f}", dollars, std::min(places, 12));
  }
  if (dollars < 0.0995) return fmt::format("${:.3f}", dollars);
  const auto cents = static_cast<std::uint64_t>(std::llround(dollars * 100));
  return fmt::format("${}.{:02}", grouped(cents / 100), cents % 100);
}

std::string percent_text(double share) {
  if (!(share > 0)) return "0 %";
  return fmt::format("{:.{}f} %", 100 * share, share < 0.0995 ? 1 : 0);
}

}  // namespace headway::job
