#include "pace/window_guess.hpp"

#include <cmath>

namespace headway::pace {
namespace {

constexpr double windows[] = {1, 60, 3600, 86'400};

}  // namespace

void WindowGuess::read(const LimitReading& reading, time_point now) noexcept {
  if (!reading.limit || !reading.remaining || !reading.reset) return;
  const double reset = std::chrono::duration<double>(*reading.reset).count();
  const double used = *reading.limit - *reading.remaining;
  if (reset <= 0 || used <= 0) return;

  // A tenth off for what was rounded (Azure sends whole seconds).
  constexpr double tolerance = 0.1;
  const double filled_in = reset * *reading.limit / used;
  for (const double seconds : windows) {
    if (std::abs(filled_in / seconds - 1) < tolerance) return vote(seconds, false);
  }
  const auto end = now + *reading.reset;
  const bool counts_down = std::abs(std::chrono::duration<double>(end - end_).count()) < 1.5;
  end_ = end;
  if (!counts_down) return;
  for (const double seconds : windows) {
    // Near its end a day looks like a minute; a window once known to be longer stays so.
    const double least = fixed_ ? seconds_ : 60;
    if (seconds >= least && reset <= seconds * (1 + tolerance)) return vote(seconds, true);
  }
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
