#include "bench_limits.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

#include <fmt/format.h>

namespace headway::cli {
namespace {

std::string used_of(double used, double allowed) {
  return allowed > 0 ? fmt::format(" ({:.0f} of {:.0f} a minute)", used, allowed) : "";
}

std::string figures(const ClientStats& stats) {
  switch (stats.limited_by) {
    case LimitedBy::requests:
      return used_of(stats.requests_per_minute, stats.requests_per_minute_allowed);
    case LimitedBy::tokens:
      return used_of(stats.tokens_per_minute, stats.tokens_per_minute_allowed);
    case LimitedBy::concurrency:
      return fmt::format(" ({} in flight)", stats.concurrency_limit);
    case LimitedBy::server:
      return stats.resumes_in.count() > 0 ? fmt::format(" (asked again in {} ms)", stats.resumes_in.count()) : "";
    default:
      return "";
  }
}

}  // namespace

void LimitsLog::look(const ClientStats& stats, Clock::time_point now) {
  const auto passed = looked_at_ == Clock::time_point() ? Clock::duration(0) : now - looked_at_;
  looked_at_ = now;
  last_ = stats;
  if (stats.calls_in_flight > 0) seconds_[stats.limited_by] += std::chrono::duration<double>(passed).count();
}

std::string LimitsLog::now() const {
  if (last_.calls_in_flight == 0) return "";
  return std::string(to_string(last_.limited_by)) + figures(last_);
}

std::string LimitsLog::shares() const {
  std::vector<std::pair<LimitedBy, double>> sorted(seconds_.begin(), seconds_.end());
  std::ranges::sort(sorted, [](const auto& a, const auto& b) { return a.second > b.second; });
  const double all = std::accumulate(sorted.begin(), sorted.end(), 0.0,
                                     [](double sum, const auto& entry) { return sum + entry.second; });
  std::string text;
  for (const auto& [limit, seconds] : sorted) {
    if (all <= 0 || seconds / all < 0.005) continue;
    const bool first = text.empty();
    text += fmt::format("{}{} {:.0f} %{}", first ? "" : ", ", to_string(limit), 100 * seconds / all,
                        first ? " of the time" : "");
  }
  return text;
}

}  // namespace headway::cli
