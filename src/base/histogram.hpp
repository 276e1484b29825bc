#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace headway {

/// Counts durations in buckets whose width grows with the value, as HDR histograms do: any percentile is known to
/// within 1 %, at 58 KB however many are recorded and however far apart they are. For one thread at a time.
class Histogram {
 public:
  /// A negative duration counts as zero.
  void record(std::chrono::nanoseconds value);

  std::uint64_t count() const { return count_; }
  /// Exact. Zero if nothing was recorded.
  std::chrono::nanoseconds max() const { return std::chrono::nanoseconds(max_); }
  /// The smallest duration that at least `percent` of those recorded do not exceed, give or take 1 %. `percent` is
  /// taken to be between 0, the smallest, and 100, the greatest. Zero if nothing was recorded.
  std::chrono::nanoseconds percentile(double percent) const;

 private:
  // A power of two is cut into 2^7 buckets, so a bucket is at most 1/128 of its values wide.
  static constexpr int precision = 7;
  static constexpr std::size_t buckets = (std::size_t{64} - precision) << precision;

  static std::size_t bucket_of(std::uint64_t value);
  static std::uint64_t middle_of(std::size_t bucket);

  std::array<std::uint64_t, buckets> counts_{};
  std::uint64_t count_ = 0;
  std::int64_t max_ = 0;
};

}  // namespace headway
