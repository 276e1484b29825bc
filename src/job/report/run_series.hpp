#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace headway::job {

/// Durations in buckets that are 9 % wide, from 16 us to 1.2 h: small enough for one a point of a plot, and two can be
/// added. What is outside counts as the nearest bucket.
class LatencyCounts {
 public:
  void record(std::chrono::nanoseconds latency);
  LatencyCounts& operator+=(const LatencyCounts& other);
  /// Zero if there are none; within 5 %.
  std::chrono::nanoseconds percentile(double percent) const;
  std::uint64_t count() const { return count_; }

 private:
  static constexpr std::size_t buckets = 224;

  std::array<std::uint32_t, buckets> counts_{};
  std::uint64_t count_ = 0;
};

/// What happened in one stretch of a run. Sums, so that two neighbours can be made one.
struct SeriesPoint {
  double from = 0;  ///< seconds since the run began
  double to = 0;
  std::uint64_t rows = 0;    ///< that ended, however
  std::uint64_t failed = 0;  ///< of them: failed or not usable
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  std::uint64_t refusals = 0;
  double in_flight_seconds = 0;  ///< calls in flight, summed up over the time
  LatencyCounts latency;

  double seconds() const { return to - from; }
  /// A sum of the point as a rate; 0 for a point without length.
  double per_second(double sum) const { return to > from ? sum / (to - from) : 0; }
  double in_flight() const { return per_second(in_flight_seconds); }
};

/// A run's course in at most 600 points: when they are used up, neighbours become one. Half a megabyte at the most,
/// however long the run.
class RunSeries {
 public:
  static constexpr std::size_t most_points = 600;

  /// The point that goes on, for what happens now to be added to.
  SeriesPoint& current() { return current_; }
  /// The time is `at` seconds; never earlier than before. Ends the current point if it is long enough.
  void advance(double at);
  /// In order of time, neighbours made one so that there are at most `most`. The current one is in it if it has a length.
  std::vector<SeriesPoint> points(std::size_t most = most_points) const;

 private:
  std::vector<SeriesPoint> ended_;
  SeriesPoint current_;
  double width_ = 0.25;
};

}  // namespace headway::job
