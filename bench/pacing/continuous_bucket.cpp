#include "pacing/continuous_bucket.hpp"

#include <algorithm>

namespace headway::pacing {

ContinuousBucket::ContinuousBucket(double limit, double window_seconds)
    : limit_(limit), window_(window_seconds), level_(limit) {}

double ContinuousBucket::left(time_point now) {
  if (now > updated_) {
    level_ = std::min(limit_, level_ + seconds(now - updated_) * per_second());
    updated_ = now;
  }
  return level_;
}

void ContinuousBucket::take(double amount, time_point now) {
  level_ = left(now) - amount;
}

void ContinuousBucket::change(double factor, time_point now) {
  level_ = left(now) * factor;
  limit_ *= factor;
}

// OpenAI's sample fits reset = (limit - remaining) / limit * 60 s.
LimitReading ContinuousBucket::reading(time_point now) {
  LimitReading reading;
  reading.limit = limit_;
  reading.remaining = std::max(0.0, std::floor(left(now)));
  reading.reset = duration((limit_ - *reading.remaining) / per_second());
  return reading;
}

nanoseconds ContinuousBucket::wait_for(double amount, time_point now) {
  return duration(std::max(0.0, amount - left(now)) / per_second());
}

std::unique_ptr<Meter> continuous_bucket(double limit, double window_seconds) {
  return std::make_unique<ContinuousBucket>(limit, window_seconds);
}

}  // namespace headway::pacing
