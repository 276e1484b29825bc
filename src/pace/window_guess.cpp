#include "pace/window_guess.hpp"

#include <cmath>

namespace headway::pace {
namespace {

constexpr double windows[] = {1, 60, 3600, 86'400};

}  // namespace

void WindowGuess::read(const LimitReading& reading, time_point sent_at, time_point now) noexcept {
  if (!reading.limit || !reading.remaining || !reading.reset) return;
  const double reset = std::chrono::duration<double>(*reading.reset).count();
  const double used = *reading.limit - *reading.remaining;
  if (reset <= 0 || used <= 0) return;
  // A tenth off for what was rounded (Azure sends whole seconds).
  constexpr double tolerance = 0.1;
  if (counts_down(now + *reading.reset, now - sent_at, now)) {
    for (const double seconds : windows) {
      // Near its end a day looks like a minute; a window once known to be longer stays so.
      const double least = fixed_ ? seconds_ : 60;
      if (seconds >= least && reset <= seconds * (1 + tolerance)) return vote(seconds, true);
    }
  }
  if (fixed_) return;
  const double filled_in = reset * *reading.limit / used;
  for (const double seconds : windows) {
    if (std::abs(filled_in / seconds - 1) < tolerance) return vote(seconds, false);
  }
}

// Whether the window has ended at the same time for a while. When all is used up at once, a bucket looks like that for
// a moment. A fixed window's end moves once a window; if it moves all the time, it is none.
bool WindowGuess::counts_down(time_point end, std::chrono::nanoseconds took, time_point now) noexcept {
  constexpr auto tolerance = std::chrono::seconds(4);
  const auto next = std::chrono::minutes(1);  // the next window; nothing need have been sent for most of this one
  const auto later = tolerance + took;        // an answer may tell of the time when its call came in
  const auto moved = end - end_;
  const bool same = -moved < tolerance && moved < later;
  const bool following = next - moved < tolerance && moved - next < later;
  if (following) end_ = end;
  if (same || following) return now - end_since_ >= 2 * later;
  constexpr int too_often = 3;
  const bool early = std::chrono::duration<double>(now - end_since_).count() < seconds_ / 2;
  moves_ = early ? moves_ + 1 : 0;
  if (moves_ >= too_often) fixed_ = false;
  end_ = end;
  end_since_ = now;
  return false;
}

// Three in a row: a bucket's reset may look like a countdown for a moment, and the other way round.
void WindowGuess::vote(double seconds, bool fixed) noexcept {
  constexpr int enough = 3;
  if (seconds != candidate_ || fixed != candidate_fixed_) votes_ = 0;
  candidate_ = seconds;
  candidate_fixed_ = fixed;
  if (++votes_ < enough) return;
  seconds_ = seconds;
  fixed_ = fixed;
}

}  // namespace headway::pace
