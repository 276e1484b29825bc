#include "pacing/frontier.hpp"

#include <algorithm>
#include <cstdio>
#include <ostream>
#include <vector>

#include "pacing/simulation.hpp"

namespace headway::pacing {
namespace {

const std::vector<double> speeds{0.95, 0.97, 0.98, 0.99, 1.0, 1.01, 1.02};

bool is_sliced(const Case& plan) {
  const bool slices = std::any_of(plan.limits.begin(), plan.limits.end(), [](const LimitPlan& limit) {
    return limit.enforced == Enforced::slices && limit.counts == Counts::requests;
  });
  return slices && plan.provider.headers;  // headers change nothing here
}

std::string cell(const Measures& measures) {
  char text[64];
  std::snprintf(text, sizeof text, "%.1f / %.1f", measures.share_after_30s, measures.refusals_after_30s);
  return text;
}

}  // namespace

void print_frontier(std::ostream& out, std::uint64_t runs) {
  out << "| even spacing at |";
  for (const double speed : speeds) out << ' ' << std::lround(speed * 100) << " % |";
  out << "\n|---|";
  for (std::size_t i = 0; i < speeds.size(); ++i) out << "---:|";
  out << '\n';
  for (const auto& plan : all_cases()) {
    if (!is_sliced(plan)) continue;
    out << "| " << plan.name << " |";
    for (const double speed : speeds) {
      out << ' ' << cell(simulate_all(plan, {"even", "", even_spacing, speed}, runs)) << " |";
    }
    out << '\n';
  }
}

}  // namespace headway::pacing
