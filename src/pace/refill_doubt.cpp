#include "pace/refill_doubt.hpp"

#include <algorithm>

#include "pace/token_bucket.hpp"

namespace headway::pace {
namespace {

constexpr double shortest_gap = 1, longest_gap = 8;  // seconds

}  // namespace

void RefillDoubt::begin(double used, time_point now) noexcept {
  spent_ = used;
  served_ = 0;
  since_ = now;
  counts_from_ = used > 0 ? time_point::min() : now;
}

double RefillDoubt::seconds_until(double units, double capacity, double length, time_point now) noexcept {
  if (ended_) return 0;
  // What is a window old is in none any more.
  if (!first_probe_ && now >= after(since_, length)) begin(0, now);
  if (spent_ + units <= capacity) return 0;
  if (!first_probe_ && refused_at_) next_probe_ = std::max(next_probe_, after(refused_sent_at_, length));
  return std::max(0.0, seconds_d(next_probe_ - now).count());
}

void RefillDoubt::take(double units, double capacity, time_point now) noexcept {
  if (ended_) return;
  const bool probe = spent_ + units > capacity;
  spent_ += units;
  if (!probe) return;
  if (!first_probe_) {
    first_probe_ = now;
    refused_at_.reset();
  }
  gap_ = std::clamp(2 * gap_, shortest_gap, longest_gap);
  next_probe_ = after(now, gap_);
}

void RefillDoubt::answered(double units, double capacity, time_point sent_at, time_point now) noexcept {
  if (ended_) return;
  if (refused_at_ && first_probe_) {
    if (sent_at < *refused_at_) return;
    first_probe_.reset();
    gap_ = 0;
    begin(0, now);
    return;
  }
  if (sent_at < counts_from_) return;
  served_ += units;
  if (served_ > capacity) end();
}

void RefillDoubt::refused(time_point sent_at, time_point now) noexcept {
  if (!first_probe_) return;
  refused_at_ = now;
  refused_sent_at_ = std::max(refused_sent_at_, sent_at);
}

}  // namespace headway::pace
