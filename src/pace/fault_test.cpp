#include "pace/fault_test.hpp"

#include <algorithm>
#include <cmath>

namespace headway::pace {

void FaultTest::begin(double share, double borne) noexcept {
  constexpr double largest_share = 0.7;
  share_ = share <= largest_share ? share : 0;
  borne_ = borne;
  twice_ = false;
  sent_ = refused_ = ratio_ = 0;
}

void FaultTest::add(double sent, double refused, double speed) noexcept {
  constexpr double fewer = 0.125;  // times the share from before: what jitter leaves of a limit's refusals
  if (!runs() || sent <= 0) return;
  const double if_ours = std::clamp(1 - borne_ / speed, fewer * share_, share_);
  sent_ += sent;
  refused_ += refused;
  speed_ = speed;
  ratio_ += refused * std::log(share_ / if_ours) + (sent - refused) * std::log((1 - share_) / (1 - if_ours));
}

FaultTest::Verdict FaultTest::verdict() noexcept {
  constexpr double decisive = 4, fewest = 30, most = 500, scatter = 3, clearly_more = 0.1;
  if (!runs() || sent_ < fewest) return Verdict::open;
  const bool grew = refused_ / sent_ > share_ + clearly_more + scatter * std::sqrt(share_ * (1 - share_) / sent_);
  if (grew || ratio_ <= -decisive) return Verdict::ours;
  if (ratio_ >= decisive) return twice_ ? Verdict::random : once_more();
  return sent_ < most ? Verdict::open : Verdict::ours;
}

FaultTest::Verdict FaultTest::once_more() noexcept {
  if (speed_ > 0) borne_ = std::min(borne_, speed_ * (1 - refused_ / sent_));
  share_ = found();
  twice_ = true;
  sent_ = refused_ = ratio_ = 0;
  return Verdict::slower;
}

double FaultTest::found() const noexcept {
  constexpr double weight_of_before = 20;  // calls
  return (weight_of_before * share_ + refused_) / (weight_of_before + sent_);
}

}  // namespace headway::pace
