#include "pacing/case.hpp"

#include <algorithm>
#include <limits>

namespace headway::pacing {
namespace {

std::unique_ptr<Meter> make_meter(const LimitPlan& plan, double phase) {
  switch (plan.enforced) {
    case Enforced::slices:
      return slices(plan.limit * 60 / plan.window, plan.slice, phase);
    case Enforced::fixed:
      return fixed_window(plan.limit, plan.window, phase);
    case Enforced::bucket:
      break;
  }
  return continuous_bucket(plan.limit, plan.window);
}

double lowest_left(std::vector<Limit>& limits, Counts counts, time_point now) {
  double lowest = std::numeric_limits<double>::infinity();
  for (auto& limit : limits) {
    if (limit.counts == counts) lowest = std::min(lowest, limit.meter->left(now));
  }
  return lowest;
}

// All that is there is taken, many times a second. Limits of the same unit bound each other.
std::vector<Series> drained(std::vector<Limit> limits, const Case& plan) {
  const double step = plan.minutes > 60 ? 1 : 0.05;
  std::vector<Series> series(limits.size());
  bool changed = plan.change_at() <= 0;
  for (double second = step; second < plan.length(); second += step) {
    const auto now = moment(second);
    if (!changed && second >= plan.change_at()) {
      for (auto& limit : limits) limit.meter->change(plan.provider.change_factor, now);
      changed = true;
    }
    if (plan.outage.stops(now)) continue;
    std::vector<double> taken;
    for (const auto& limit : limits) taken.push_back(lowest_left(limits, limit.counts, now));
    for (std::size_t i = 0; i < limits.size(); ++i) {
      limits[i].meter->take(taken[i], now);
      series[i].add(now, taken[i]);
    }
  }
  return series;
}

Series all_slots(const Case& plan) {
  Series series;
  for (double second = 0; second < plan.length(); ++second) {
    if (!plan.outage.stops(moment(second))) series.add(moment(second), static_cast<double>(plan.slots));
  }
  return series;
}

}  // namespace

std::vector<Limit> make_limits(const Case& plan, double phase) {
  std::vector<Limit> limits;
  for (const auto& limit : plan.limits) limits.push_back({limit.counts, make_meter(limit, phase), limit.told});
  return limits;
}

std::unique_ptr<Provider> make_provider(const Case& plan, double phase) {
  auto provider =
      plan.slots > 0 ? queueing_provider(plan.slots) : limited_provider(make_limits(plan, phase), plan.provider);
  return plan.outage.until > plan.outage.from ? failing_provider(std::move(provider), plan.outage)
                                              : std::move(provider);
}

std::vector<Series> ideal_use(const Case& plan, double phase) {
  if (plan.slots > 0) return {all_slots(plan)};
  return drained(make_limits(plan, phase), plan);
}

}  // namespace headway::pacing
