#include <algorithm>
#include <optional>

#include "pacing/continuous_bucket.hpp"

namespace headway::pacing {
namespace {

class FixedWindow final : public Meter {
 public:
  FixedWindow(double limit, double window_seconds, double phase, std::optional<ContinuousBucket> told)
      : limit_(limit), window_(duration(window_seconds)), offset_(duration(window_seconds * phase)), told_(told) {}

  double left(time_point now) override {
    // What was overdrawn is taken from the next window.
    const auto current = number(now);
    used_ = std::max(0.0, used_ - limit_ * static_cast<double>(current - current_));
    current_ = current;
    return limit_ - used_;
  }

  void take(double amount, time_point now) override {
    used_ = limit_ - left(now) + amount;
    if (told_) told_->take(amount, now);
  }

  void change(double factor, time_point now) override {
    used_ = (limit_ - left(now)) * factor;
    limit_ *= factor;
    if (told_) told_->change(factor, now);
  }

  LimitReading reading(time_point now) override {
    if (told_) return told_->reading(now);
    LimitReading reading;
    reading.limit = limit_;
    reading.remaining = std::max(0.0, left(now));
    reading.reset = until_next(now);
    return reading;
  }

  nanoseconds wait_for(double amount, time_point now) override {
    return left(now) >= amount ? nanoseconds(0) : until_next(now);
  }

  bool sure(time_point when, nanoseconds margin) const override {
    return number(when - margin) == number(when + margin);
  }
  double reserve(nanoseconds) const override { return 0; }
  double per_second() const override { return limit_ / seconds(window_); }
  std::unique_ptr<Meter> copy() const override { return std::make_unique<FixedWindow>(*this); }

 private:
  nanoseconds::rep number(time_point when) const { return (when - start + offset_) / window_; }
  nanoseconds until_next(time_point now) const { return window_ - (now - start + offset_) % window_; }

  double limit_;
  nanoseconds window_;
  nanoseconds offset_;
  std::optional<ContinuousBucket> told_;
  nanoseconds::rep current_ = 0;
  double used_ = 0;
};

}  // namespace

std::unique_ptr<Meter> slices(double limit_per_minute, double slice_seconds, double phase) {
  return std::make_unique<FixedWindow>(limit_per_minute / 60 * slice_seconds, slice_seconds, phase,
                                       ContinuousBucket(limit_per_minute, 60));
}

std::unique_ptr<Meter> fixed_window(double limit, double window_seconds, double phase) {
  return std::make_unique<FixedWindow>(limit, window_seconds, phase, std::nullopt);
}

}  // namespace headway::pacing
