// headway's own state machines, used as its calls use them: one Pacer, and a Retry for each call.

#include "pace/pacer.hpp"
#include "pace/retry.hpp"
#include "pacing/random.hpp"
#include "pacing/strategy.hpp"
#include "pacing/told_limits.hpp"

namespace headway::pacing {
namespace {

constexpr int max_retries = 2;  // the client's default

ErrorKind kind(pace::Result result) {
  switch (result) {
    case pace::Result::refused:
      return ErrorKind::rate_limited;
    case pace::Result::timed_out:
      return ErrorKind::timeout;
    case pace::Result::unreachable:
      return ErrorKind::connect;
    default:
      return ErrorKind::server;
  }
}

class Headway final : public Strategy {
 public:
  Headway(const pace::PaceOptions& options, std::uint64_t seed) : random_(seed), pacer_(options, random_.bits()) {}

  Admission admit(const Call& call, time_point now) override {
    const pace::Demand demand{call.request.prompt_bytes, call.request.max_tokens};
    const auto admission = pacer_.admit(demand, now);
    limited_by_ = admission.limited_by;
    if (admission.admitted) {
      auto& state = states_[call];
      state.reservation = admission.reservation;
      if (call.attempts == 0) state.retry = pace::Retry(max_retries, random_.bits());
    }
    return {admission.admitted, admission.ask_again};
  }

  Verdict ended(const Call& call, const pace::Attempt& attempt, time_point now) override {
    auto& state = states_[call];
    pacer_.settle(state.reservation, attempt, now);
    if (attempt.result == pace::Result::answered) return {};
    pace::Failure failure;
    failure.kind = kind(attempt.result);
    failure.overloaded = attempt.result == pace::Result::overloaded;
    failure.probe = state.reservation.probe;
    if (attempt.server_wait) failure.server_wait = std::chrono::ceil<std::chrono::milliseconds>(*attempt.server_wait);
    const auto decision = state.retry.failed(failure, now, std::nullopt);
    if (!decision.retry()) return {Verdict::What::lost};
    const bool parked = decision.reason == pace::Decision::Reason::park;  // the Pacer holds it back
    return {Verdict::What::again, parked ? nanoseconds(0) : decision.wait};
  }

  std::string_view limited_by() const override { return to_string(limited_by_); }

 private:
  struct State {
    pace::Reservation reservation;
    pace::Retry retry{max_retries, 0};
  };

  Random random_;
  pace::Pacer pacer_;
  BySlot<State> states_;
  LimitedBy limited_by_ = LimitedBy::input;
};

}  // namespace

std::unique_ptr<Strategy> headway_unaware(const Setting& setting) {
  return std::make_unique<Headway>(pace::PaceOptions{}, setting.seed);
}

std::unique_ptr<Strategy> headway_told(const Setting& setting) {
  return std::make_unique<Headway>(told_limits(setting.plan), setting.seed);
}

}  // namespace headway::pacing
