#pragma once

#include "pacing/meter.hpp"

namespace headway::pacing {

class ContinuousBucket final : public Meter {
 public:
  ContinuousBucket(double limit, double window_seconds);

  double left(time_point now) override;
  void take(double amount, time_point now) override;
  void change(double factor, time_point now) override;
  LimitReading reading(time_point now) override;
  nanoseconds wait_for(double amount, time_point now) override;
  bool sure(time_point, nanoseconds) const override { return true; }
  double reserve(nanoseconds margin) const override { return per_second() * seconds(margin); }
  double per_second() const override { return limit_ / window_; }
  std::unique_ptr<Meter> copy() const override { return std::make_unique<ContinuousBucket>(*this); }

 private:
  double limit_;
  double window_;
  double level_;
  time_point updated_ = start;
};

}  // namespace headway::pacing
