#include "pace/breaker.hpp"

#include <algorithm>

namespace headway::pace {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr std::uint32_t most_failures_in_a_row = 5;
constexpr std::uint32_t fewest_attempts = 20;
constexpr auto window = 10s;
constexpr nanoseconds first_open = 1s;
constexpr nanoseconds first_cheap_open = 100ms;
constexpr nanoseconds longest_open = 30s;
constexpr nanoseconds longest_cheap_open = 5s;  // to ask costs little: it answers at once, and no call pays
constexpr std::uint32_t probes = 3;
constexpr nanoseconds opened_together = 10ms;

}  // namespace

BreakerAnswer Breaker::admit_with_care(time_point now) noexcept {
  if (state_ == State::open && now >= until_) {
    state_ = State::half_open;
    probes_left_ = probes;
  } else if (state_ == State::half_open && now >= until_) {
    probes_left_ = std::max(probes_left_, 1U);
  }
  if (state_ == State::open || probes_left_ == 0) return {false, false, until_};
  --probes_left_;
  until_ = now + open_for_;
  return {true, true, now};
}

bool Breaker::answered(bool probe, time_point admitted_at, time_point now) noexcept {
  if (state_ == State::closed) {
    if (admitted_at >= row_began_) failures_in_a_row_ = 0;
    roll_window(now);
    ++current_.answered;
    return false;
  }
  if (!probe) return false;
  state_ = State::closed;
  failures_in_a_row_ = 0;
  current_ = previous_ = {};
  calm_from_ = now + 2 * open_for_;
  return true;
}

void Breaker::failed(bool probe, bool connection, time_point now) noexcept {
  if (state_ != State::closed) {
    if (probe && state_ == State::half_open) open_after_failure(connection, now);
    return;
  }
  if (connection && counted_at_ > now - opened_together) {
    // It has failed with the one that counts, and is not one that may yet be answered.
    if (sent_since_ > 0) --sent_since_;
    return;
  }
  if (connection) counted_at_ = now;
  if (failures_in_a_row_++ == 0) {
    row_began_ = now;
    sent_since_ = 0;
  }
  roll_window(now);
  ++current_.failed;
  if (row_is_too_long() || too_many_failed()) open_after_failure(connection, now);
}

void Breaker::no_room(bool probe, time_point now) noexcept {
  if (state_ == State::closed || (probe && state_ == State::half_open)) open(first_cheap_open, longest_cheap_open, now);
}

void Breaker::ended(bool probe) noexcept {
  if (state_ == State::closed && sent_since_ > 0) --sent_since_;
  if (probe && state_ == State::half_open) ++probes_left_;
}

// To find out that no connection can be made costs nobody anything, and a server that restarts is back soon.
void Breaker::open_after_failure(bool connection, time_point now) noexcept {
  if (connection) return open(first_cheap_open, longest_cheap_open, now);
  open(first_open, longest_open, now);
}

void Breaker::open(nanoseconds first, nanoseconds longest, time_point now) noexcept {
  const bool same_trouble = state_ != State::closed || now < calm_from_;
  open_for_ = same_trouble ? std::clamp(open_for_ + open_for_ / 2, first, longest) : first;
  state_ = State::open;
  // Clients that saw the same outage are not to come again at the same moment.
  constexpr double largest_share_taken_off = 0.2;
  const double share = 1 - largest_share_taken_off * random_.fraction();
  until_ = now + nanoseconds(static_cast<nanoseconds::rep>(static_cast<double>(open_for_.count()) * share));
}

void Breaker::roll_window(time_point now) noexcept {
  if (now < window_ends_) return;
  const bool just_ended = window_ends_ != time_point::min() && now < window_ends_ + window;
  previous_ = just_ended ? current_ : Counts{};
  current_ = {};
  window_ends_ = now + window;
}

bool Breaker::row_is_too_long() const noexcept {
  return failures_in_a_row_ >= most_failures_in_a_row && 2 * failures_in_a_row_ >= sent_since_;
}

bool Breaker::too_many_failed() const noexcept {
  const auto failed = current_.failed + previous_.failed;
  const auto all = failed + current_.answered + previous_.answered;
  return all >= fewest_attempts && 2 * failed >= all;
}

}  // namespace headway::pace
