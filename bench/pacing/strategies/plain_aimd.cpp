// AIMD on the number in flight (Chiu and Jain 1989): one more each round trip, half as many after a refusal or a
// failure, at most once a round trip. From 20 on, as Netflix's concurrency-limits does. A refused call waits for its
// turn and for what the server says; failures get the SDK's 2 retries.

#include <algorithm>

#include "pacing/random.hpp"
#include "pacing/strategy.hpp"

namespace headway::pacing {
namespace {

class PlainAimd final : public Strategy {
 public:
  explicit PlainAimd(const Setting& setting) : random_(setting.seed) {}

  Admission admit(const Call& call, time_point now) override {
    if (now < not_before_) return {false, not_before_};
    if (in_flight_ + 1 > limit_) return {};
    ++in_flight_;
    sent_[call] = now;
    if (call.attempts == 0) failures_[call] = 0;
    return {true};
  }

  Verdict ended(const Call& call, const pace::Attempt& attempt, time_point now) override {
    --in_flight_;
    if (attempt.result == pace::Result::answered) {
      limit_ += 1 / limit_;
      return {};
    }
    if (sent_[call] > halved_at_) {
      limit_ = std::max(1.0, limit_ / 2);
      halved_at_ = now;
    }
    if (attempt.server_wait) not_before_ = std::max(not_before_, now + *attempt.server_wait);
    if (attempt.result == pace::Result::refused) return {Verdict::What::again};
    if (++failures_[call] > 2) return {Verdict::What::lost};
    return {Verdict::What::again, duration(0.5 * failures_[call] * (1 - 0.25 * random_.uniform()))};
  }

 private:
  Random random_;
  BySlot<time_point> sent_;
  BySlot<int> failures_;
  double limit_ = 20;
  double in_flight_ = 0;
  time_point halved_at_;
  time_point not_before_;
};

}  // namespace

std::unique_ptr<Strategy> plain_aimd(const Setting& setting) {
  return std::make_unique<PlainAimd>(setting);
}

}  // namespace headway::pacing
