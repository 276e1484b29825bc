#include "job/report/run_series.hpp"

#include <algorithm>
#include <cmath>

namespace headway::job {
namespace {

constexpr double first_bucket_ns = 16e3;
constexpr double buckets_a_doubling = 8;

void add(SeriesPoint& point, const SeriesPoint& next) {
  point.to = next.to;
  point.rows += next.rows;
  point.failed += next.failed;
  point.prompt_tokens += next.prompt_tokens;
  point.completion_tokens += next.completion_tokens;
  point.refusals += next.refusals;
  point.in_flight_seconds += next.in_flight_seconds;
  point.latency += next.latency;
}

std::vector<SeriesPoint> in_groups(std::vector<SeriesPoint> points, std::size_t size) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (i % size == 0) {
      points[kept++] = points[i];
    } else {
      add(points[kept - 1], points[i]);
    }
  }
  points.resize(kept);
  return points;
}

}  // namespace

void LatencyCounts::record(std::chrono::nanoseconds latency) {
  const double times = static_cast<double>(latency.count()) / first_bucket_ns;
  const double bucket = times > 1 ? std::floor(std::log2(times) * buckets_a_doubling) : 0;
  ++counts_[std::min(buckets - 1, static_cast<std::size_t>(bucket))];
  ++count_;
}

LatencyCounts& LatencyCounts::operator+=(const LatencyCounts& other) {
  for (std::size_t i = 0; i < buckets; ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  return *this;
}

std::chrono::nanoseconds LatencyCounts::percentile(double percent) const {
  if (count_ == 0) return {};
  const auto wanted = std::ceil(std::clamp(percent, 0.0, 100.0) / 100 * static_cast<double>(count_));
  auto left = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(wanted));
  std::size_t bucket = 0;
  while (bucket + 1 < buckets && counts_[bucket] < left) left -= counts_[bucket++];
  const double middle = (static_cast<double>(bucket) + 0.5) / buckets_a_doubling;
  return std::chrono::nanoseconds(std::llround(first_bucket_ns * std::exp2(middle)));
}

void RunSeries::advance(double at) {
  current_.to = std::max(current_.to, at);
  if (current_.seconds() < width_) return;
  ended_.push_back(current_);
  current_ = SeriesPoint();
  current_.from = current_.to = ended_.back().to;
  if (ended_.size() < most_points) return;
  ended_ = in_groups(std::move(ended_), 2);
  width_ *= 2;
}

std::vector<SeriesPoint> RunSeries::points(std::size_t most) const {
  auto points = ended_;
  if (current_.seconds() > 0) points.push_back(current_);
  if (points.empty() || most == 0) return {};
  const auto size = (points.size() + most - 1) / most;
  return in_groups(std::move(points), size);
}

}  // namespace headway::job
