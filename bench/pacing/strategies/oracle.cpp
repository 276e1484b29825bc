// Knows the limits and how they are enforced, where in its slice the provider is, when limits change and servers
// fail, every call's tokens, and the network's mean delay and jitter; not the delay of the packet it sends. Nobody
// can do better: the upper frontier.

#include <algorithm>

#include "pacing/strategy.hpp"

namespace headway::pacing {
namespace {

class Oracle final : public Strategy {
 public:
  explicit Oracle(const Setting& setting)
      : plan_(setting.plan),
        limits_(make_limits(setting.plan, setting.phase)),
        delay_(duration(setting.plan.delay_ms / 1000)),
        margin_(duration(setting.plan.jitter_ms / 1000 * 4.5)) {}

  Admission admit(const Call& call, time_point now) override {
    if (plan_.slots > 0) return admit_to_slot(call);
    const auto arrival = now + delay_;
    if (plan_.outage.stops(arrival + margin_) || plan_.outage.stops(arrival - margin_)) return later(now);
    change(arrival);
    if (!std::all_of(limits_.begin(), limits_.end(), [&](Limit& limit) { return fits(call, limit, arrival); })) {
      return later(now);
    }
    for (auto& limit : limits_) limit.meter->take(amount(call, limit), arrival);
    return {true};
  }

  Verdict ended(const Call&, const pace::Attempt& attempt, time_point) override {
    --in_flight_;
    const bool answered = attempt.result == pace::Result::answered;
    return {answered ? Verdict::What::done : Verdict::What::again};
  }

 private:
  Admission later(time_point now) const { return {false, now + duration(plan_.minutes > 60 ? 0.25 : 0.002)}; }

  // The slots, and what is on the wire meanwhile.
  Admission admit_to_slot(const Call& call) {
    const double work = seconds(call.request.prefill + call.request.decode);
    mean_work_ += 0.01 * (work - mean_work_);
    const double most = static_cast<double>(plan_.slots) * (1 + 2 * seconds(delay_) / mean_work_) + 2;
    if (in_flight_ + 1 > most) return {};
    ++in_flight_;
    return {true};
  }

  void change(time_point arrival) {
    const double at = plan_.change_at();
    if (changed_ || at <= 0 || seconds(arrival + margin_) < at) return;
    for (auto& limit : limits_) limit.meter->change(plan_.provider.change_factor, arrival);
    changed_ = true;
  }

  double amount(const Call& call, const Limit& limit) const {
    return taken_on_arrival(call.request, limit.counts, plan_.provider.charge) +
           taken_at_end(call.request, limit.counts, plan_.provider.charge);
  }

  bool fits(const Call& call, const Limit& limit, time_point arrival) const {
    const double needed = amount(call, limit);
    return limit.meter->sure(arrival, margin_) &&
           limit.meter->left(arrival) - limit.meter->reserve(margin_ * 2) >= needed;
  }

  const Case& plan_;
  std::vector<Limit> limits_;
  nanoseconds delay_;
  nanoseconds margin_;
  double mean_work_ = 1.5;
  double in_flight_ = 0;
  bool changed_ = false;
};

}  // namespace

std::unique_ptr<Strategy> oracle(const Setting& setting) {
  return std::make_unique<Oracle>(setting);
}

}  // namespace headway::pacing
