#pragma once

#include <memory>

#include "base/limit_snapshot.hpp"
#include "pacing/clock.hpp"

namespace headway::pacing {

/// One limit as a provider keeps it: so many requests or tokens in so much time.
class Meter {
 public:
  virtual ~Meter() = default;

  /// What may be taken now; below zero: a debt.
  virtual double left(time_point now) = 0;
  virtual void take(double amount, time_point now) = 0;
  /// From now on it is `factor` times what it was.
  virtual void change(double factor, time_point now) = 0;
  /// What the headers of an answer say.
  virtual LimitReading reading(time_point now) = 0;
  /// From now until `amount` is there.
  virtual nanoseconds wait_for(double amount, time_point now) = 0;
  /// Whether what arrives a `margin` sooner or later than `when` is counted together with it.
  virtual bool sure(time_point when, nanoseconds margin) const = 0;
  /// What has to be left over, so that what arrives a `margin` early is not too early.
  virtual double reserve(nanoseconds margin) const = 0;
  virtual double per_second() const = 0;
  virtual std::unique_ptr<Meter> copy() const = 0;
};

/// A bucket that refills all the time; full at the start.
std::unique_ptr<Meter> continuous_bucket(double limit, double window_seconds);

/// So much in each second; headers speak of the minute (a bucket of it), as if there were no slices.
/// `phase` (0 to 1): which part of the first slice is over at the start.
std::unique_ptr<Meter> slices(double limit_per_minute, double slice_seconds, double phase);

/// So much from one full minute (hour, day) to the next.
std::unique_ptr<Meter> fixed_window(double limit, double window_seconds, double phase);

}  // namespace headway::pacing
