#include "job/report/limited_time.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "job/report/human.hpp"

namespace headway::job {
namespace {

std::string minute_of(const char* what, double used, double allowed, const char* flag_if_guessed) {
  if (allowed <= 0) return fmt::format("{} a minute", what);
  auto text = fmt::format("{} a minute: {:.0f} of {:.0f}", what, used, allowed);
  if (flag_if_guessed) text += fmt::format(", a guess from refusals: {} sets it", flag_if_guessed);
  return text;
}

}  // namespace

void LimitedTime::look(const ClientStats& stats, std::chrono::duration<double> passed) {
  if (stats.calls_in_flight > 0) seconds_[stats.limited_by] += passed.count();
}

std::string LimitedTime::shares() const {
  std::vector<std::pair<LimitedBy, double>> sorted(seconds_.begin(), seconds_.end());
  std::ranges::sort(sorted, [](const auto& a, const auto& b) { return a.second > b.second; });
  double all = 0;
  for (const auto& entry : sorted) all += entry.second;
  std::string text;
  for (const auto& [limit, seconds] : sorted) {
    if (all <= 0 || seconds / all < 0.005) continue;
    const bool first = text.empty();
    text += fmt::format("{}{} {:.0f} %{}", first ? "" : ", ", to_string(limit), 100 * seconds / all,
                        first ? " of the time" : "");
  }
  return text;
}

std::string limited_now(const ClientStats& stats) {
  if (stats.calls_in_flight == 0) return "";
  switch (stats.limited_by) {
    case LimitedBy::requests:
      return minute_of("requests", stats.requests_per_minute, stats.requests_per_minute_allowed,
                       stats.requests_limit_guessed ? "--rpm" : nullptr);
    case LimitedBy::tokens:
      return minute_of("tokens", stats.tokens_per_minute, stats.tokens_per_minute_allowed,
                       stats.tokens_limit_guessed ? "--tpm" : nullptr);
    case LimitedBy::concurrency:
      return fmt::format("concurrency: {} in flight", stats.concurrency_limit);
    case LimitedBy::server:
      return stats.resumes_in.count() > 0 ? fmt::format("server: asked again in {}", duration_text(stats.resumes_in))
                                          : "server";
    default:
      return std::string(to_string(stats.limited_by));
  }
}

}  // namespace headway::job
