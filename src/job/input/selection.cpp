#include "job/input/selection.hpp"

#include <algorithm>

namespace headway::job {
namespace {

// splitmix64 (Vigna, public domain).
std::uint64_t next_random(std::uint64_t& state) {
  state += 0x9E3779B97F4A7C15;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

// From 0 up to `bound`. Lemire's multiplication; its bias, bound / 2^64, is nothing here.
std::uint64_t below(std::uint64_t bound, std::uint64_t random) {
  __extension__ using wide = unsigned __int128;
  return static_cast<std::uint64_t>((static_cast<wide>(random) * bound) >> 64);
}

}  // namespace

Selection::Selection(const InputSettings& settings, std::uint64_t rows)
    : limit_(settings.limit),
      samples_(settings.sample.has_value()),
      rows_left_(std::min(rows, settings.limit.value_or(rows))),
      wanted_(std::min(settings.sample.value_or(0), rows_left_)),
      random_(settings.sample_seed) {}

bool Selection::is_over() const {
  return samples_ ? wanted_ == 0 : limit_ && seen_ >= *limit_;
}

bool Selection::takes_next() {
  if (is_over()) return false;
  ++seen_;
  if (!samples_) return true;
  const bool taken = below(rows_left_--, next_random(random_)) < wanted_;
  if (taken) --wanted_;
  return taken;
}

}  // namespace headway::job
