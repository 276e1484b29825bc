// Told the limits and every call's tokens: calls leave evenly, at a given part of the limit, with no burst at all.

#include <algorithm>

#include "pacing/strategy.hpp"

namespace headway::pacing {
namespace {

class EvenSpacing final : public Strategy {
 public:
  explicit EvenSpacing(const Setting& setting) : plan_(setting.plan), speed_(setting.speed) {}

  Admission admit(const Call& call, time_point now) override {
    if (now < next_) return {false, next_};
    const bool changed = plan_.change_at() > 0 && seconds(now) >= plan_.change_at();
    double gap =
        plan_.slots > 0 ? seconds(call.request.prefill + call.request.decode) / static_cast<double>(plan_.slots) : 0;
    for (const auto& limit : plan_.limits) {
      const double amount = taken_on_arrival(call.request, limit.counts, plan_.provider.charge) +
                            taken_at_end(call.request, limit.counts, plan_.provider.charge);
      const double rate = limit.limit / limit.window * (changed ? plan_.provider.change_factor : 1);
      gap = std::max(gap, amount / rate);
    }
    next_ = std::max(next_, now - std::chrono::milliseconds(1)) + duration(gap / speed_);
    return {true};
  }

  Verdict ended(const Call&, const pace::Attempt& attempt, time_point) override {
    const bool answered = attempt.result == pace::Result::answered;
    return {answered ? Verdict::What::done : Verdict::What::again};
  }

 private:
  const Case& plan_;
  double speed_;
  time_point next_ = start;
};

}  // namespace

std::unique_ptr<Strategy> even_spacing(const Setting& setting) {
  return std::make_unique<EvenSpacing>(setting);
}

}  // namespace headway::pacing
