#include "base/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace headway {

// Values below 2^(precision + 1) have a bucket each; above, what is kept is the precision + 1 leading bits.
std::size_t Histogram::bucket_of(std::uint64_t value) {
  const auto shift = std::max(0, static_cast<int>(std::bit_width(value)) - precision - 1);
  return (static_cast<std::size_t>(shift) << precision) + static_cast<std::size_t>(value >> shift);
}

std::uint64_t Histogram::middle_of(std::size_t bucket) {
  const auto shift = bucket < (std::size_t{2} << precision) ? 0 : (bucket >> precision) - 1;
  const auto first = static_cast<std::uint64_t>(bucket - (shift << precision)) << shift;
  return first + ((std::uint64_t{1} << shift) - 1) / 2;
}

void Histogram::record(std::chrono::nanoseconds value) {
  const auto kept = std::max<std::int64_t>(0, value.count());
  ++counts_[bucket_of(static_cast<std::uint64_t>(kept))];
  ++count_;
  max_ = std::max(max_, kept);
}

std::chrono::nanoseconds Histogram::percentile(double percent) const {
  if (count_ == 0) return {};
  const auto share = std::clamp(percent, 0.0, 100.0) / 100.0;
  auto left = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_))));
  left = std::min(left, count_);
  std::size_t bucket = 0;
  while (counts_[bucket] < left) left -= counts_[bucket++];
  return std::min(max(), std::chrono::nanoseconds(static_cast<std::int64_t>(middle_of(bucket))));
}

}  // namespace headway
