// The OpenAI cookbook's api_request_parallel_processor.py, told the true limits (its defaults are half of them): two
// counters refilled all the time, full at the start; a call takes one request and its prompt's tokens (counted with
// the model's tokenizer) + max_tokens; a pause of 15 s after a refusal; 5 attempts; one call a millisecond.

#include <algorithm>
#include <limits>

#include "pacing/strategy.hpp"

namespace headway::pacing {
namespace {

constexpr double never = std::numeric_limits<double>::infinity();

class Capacity {
 public:
  explicit Capacity(double per_minute) : limit_(per_minute), left_(per_minute) {}

  double left(time_point now) {
    if (limit_ < never) left_ = std::min(left_ + limit_ / 60 * seconds(now - updated_), limit_);
    updated_ = now;
    return left_;
  }
  void take(double amount) { left_ -= amount; }
  nanoseconds wait_for(double amount) const { return duration(std::max(0.0, amount - left_) / limit_ * 60); }

 private:
  double limit_;
  double left_;
  time_point updated_ = start;
};

double per_minute(const Case& plan, bool requests) {
  double lowest = never;
  for (const auto& limit : plan.limits) {
    if ((limit.counts == Counts::requests) == requests && limit.window <= 60) {
      lowest = std::min(lowest, limit.limit * 60 / limit.window);
    }
  }
  return lowest;
}

class Cookbook final : public Strategy {
 public:
  explicit Cookbook(const Case& plan) : requests_(per_minute(plan, true)), tokens_(per_minute(plan, false)) {}

  Admission admit(const Call& call, time_point now) override {
    const auto paused_until = refused_at_ + std::chrono::seconds(15);
    if (ever_refused_ && now < paused_until) return {false, paused_until};
    if (now < next_loop_) return {false, next_loop_};
    next_loop_ = now + std::chrono::milliseconds(1);
    const auto output = call.request.max_tokens.value_or(15);  // the script's own guess
    const auto tokens = static_cast<double>(call.request.input_tokens + output);
    if (requests_.left(now) < 1 || tokens_.left(now) < tokens) {
      return {false, std::max(next_loop_, now + std::max(requests_.wait_for(1), tokens_.wait_for(tokens)))};
    }
    requests_.take(1);
    tokens_.take(tokens);
    return {true};
  }

  Verdict ended(const Call& call, const pace::Attempt& attempt, time_point now) override {
    if (attempt.result == pace::Result::answered) return {};
    if (attempt.result == pace::Result::refused) {
      refused_at_ = now;
      ever_refused_ = true;
    }
    return {call.attempts < 5 ? Verdict::What::again : Verdict::What::lost};
  }

 private:
  Capacity requests_;
  Capacity tokens_;
  time_point refused_at_;
  time_point next_loop_ = start;
  bool ever_refused_ = false;
};

}  // namespace

std::unique_ptr<Strategy> cookbook(const Setting& setting) {
  return std::make_unique<Cookbook>(setting.plan);
}

}  // namespace headway::pacing
