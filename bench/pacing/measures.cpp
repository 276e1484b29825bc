#include "pacing/measures.hpp"

#include <algorithm>

namespace headway::pacing {
namespace {

constexpr std::size_t settling = 30;

// Of the limit that is used most: the others are not what limits.
double share(const Ledger& ledger, const std::vector<Series>& ideal, std::size_t from, std::size_t to) {
  double largest = 0;
  for (std::size_t i = 0; i < std::min(ledger.used.size(), ideal.size()); ++i) {
    const double most = ideal[i].sum(from, to);
    if (most > 0) largest = std::max(largest, ledger.used[i].sum(from, to) / most);
  }
  return 100 * largest;
}

double in_1000(double count, double calls) {
  return calls > 0 ? 1000 * count / calls : 0;
}

double refusals(const Ledger& ledger, std::size_t from, std::size_t to) {
  return in_1000(ledger.refused.sum(from, to), ledger.accepted.sum(from, to));
}

// Full speed: 95 % of what can be used in ten seconds, with no more than 5 % refused.
bool full_speed(const Ledger& ledger, const std::vector<Series>& steady, std::size_t from) {
  const double refused = ledger.refused.sum(from, from + 10) + ledger.failed.sum(from, from + 10);
  return share(ledger, steady, from, from + 10) >= 95 && refused <= 0.05 * ledger.accepted.sum(from, from + 10);
}

std::vector<Series> steady_use(const Case& plan, std::size_t end) {
  std::vector<Series> steady;
  const double factor = plan.change_at() > 0 ? plan.provider.change_factor : 1;
  for (const auto& limit : plan.limits) {
    steady.emplace_back();
    for (std::size_t s = 0; s < end; ++s) {
      steady.back().add(moment(static_cast<double>(s)), limit.limit / limit.window * factor);
    }
  }
  return steady;
}

std::optional<double> recovery(const Case& plan, const Ledger& ledger) {
  const double outage_end = plan.outage.share >= 1 ? plan.outage.until : 0;
  const double since = plan.change_at() > 0 ? plan.change_at() : outage_end;
  if (since <= 0 || plan.limits.empty()) return std::nullopt;
  const auto end = static_cast<std::size_t>(plan.length());
  const auto begin = static_cast<std::size_t>(since);
  const auto steady = steady_use(plan, end);
  for (std::size_t second = begin; second + 10 <= end; ++second) {
    if (full_speed(ledger, steady, second)) return static_cast<double>(second - begin);
  }
  return -1;
}

}  // namespace

Measures measure(const Case& plan, double phase, const Ledger& ledger, const Tally& tally) {
  const auto end = static_cast<std::size_t>(plan.length());
  const auto ideal = ideal_use(plan, phase);
  const auto answered = static_cast<double>(tally.answered);
  Measures measures;
  measures.share = share(ledger, ideal, 0, end);
  measures.share_after_30s = share(ledger, ideal, settling, end);
  measures.refusals = refusals(ledger, 0, end);
  measures.refusals_after_30s = refusals(ledger, settling, end);
  measures.lost = in_1000(static_cast<double>(tally.lost), answered + static_cast<double>(tally.lost));
  measures.retries = in_1000(static_cast<double>(tally.retried), answered);
  measures.waiting = answered > 0 ? tally.waited / answered : 0;
  measures.recovery = recovery(plan, ledger);
  return measures;
}

Measures mean(const std::vector<Measures>& runs) {
  Measures mean;
  const auto count = static_cast<double>(runs.size());
  for (const auto& run : runs) {
    mean.share += run.share / count;
    mean.share_after_30s += run.share_after_30s / count;
    mean.refusals += run.refusals / count;
    mean.refusals_after_30s += run.refusals_after_30s / count;
    mean.lost += run.lost / count;
    mean.retries += run.retries / count;
    mean.waiting += run.waiting / count;
    if (run.recovery) {
      const bool never = *run.recovery < 0 || mean.recovery.value_or(0) < 0;
      mean.recovery = never ? -1 : mean.recovery.value_or(0) + *run.recovery / count;
    }
  }
  return mean;
}

}  // namespace headway::pacing
