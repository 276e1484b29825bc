#include "pace/limit.hpp"

#include <algorithm>
#include <cmath>

#include "pace/durations.hpp"

namespace headway::pace {
namespace {

// A timer or a busy loop comes late by so much: what was missed is caught up.
constexpr double lateness = 0.01;

// Calls overtake each other on their way by so much.
constexpr double jitter = 0.03;

// After the end of the slice that refused. wire.md knows of slices of a second.
constexpr double slice = 1;

// Even spacing at the limit itself, with some jitter, overfills every second slice a little.
constexpr double even_share = 0.997;

}  // namespace

void Limit::set(double limit, double window_seconds, double share, bool counted) noexcept {
  share_ = share;
  counted_ = counted;
  set_ = limit;
  set_window_ = window_seconds;
  update_capacity();
  if (!known()) return;
  level_.level = bound_.level = capacity_;
  fixed_ = window_ > minute;
  if (!fixed_) pacing_ = Pacing::set;
  pace_.level = small_burst();
}

void Limit::lend(double part, time_point now) noexcept {
  if (part == part_) return;
  refill(now);
  const double factor = part / part_;
  // A window's budget does not come back with time: it goes with the part.
  if (fixed_ && level_.level > 0) level_.level *= factor;
  if (even() && !known()) search_.scale(factor);
  constexpr double much = 0.1;
  if (std::abs(factor - 1) > much) last_read_.reset();
  part_ = part;
  update_capacity();
}

void Limit::start(double phase, bool empty, time_point now) noexcept {
  refill(now);
  leased_ = true;
  phase_ = phase;
  starts_empty_ = empty;
  pace_.level -= phase_ * units_a_call_;
  if (!empty || fixed_) return;
  level_.level = std::min(level_.level, -phase_ * units_a_call_);
  bound_.level = std::min(bound_.level, -phase_ * units_a_call_);
}

void Limit::update_capacity() noexcept {
  by_headers_ = declared_ > 0 && (set_ == 0 || declared_ / declared_window_ <= set_ / set_window_);
  capacity_ = share() * (by_headers_ ? declared_ : set_);
  window_ = by_headers_ ? declared_window_ : set_window_;
  level_.capacity = capacity_;
  level_.level = std::min(level_.level, capacity_);
  update_bound();
  if (even()) search_.set_ceiling(known() ? capacity_ / window_ : RateSearch::unlimited);
}

// A declared limit that is forgotten and comes again finds its bound as it was.
void Limit::update_bound() noexcept {
  const double limit = set_ > 0 ? set_ : declared_;
  if (limit == 0) return;
  bound_.capacity = share() * limit;
  bound_.rate = bound_.capacity / (set_ > 0 ? set_window_ : declared_window_);
  bound_.level = std::min(bound_.level, bound_.capacity);
}

// A fixed window is full again at its end, a bucket only a window after it was empty. For what the user told of a minute
// it is a bucket.
bool Limit::bound_holds() const noexcept {
  return set_ > 0 ? !fixed_ || window_ <= minute : counted_ && !fixed_;
}

double Limit::per_second() const noexcept {
  if (even()) return search_.rate();
  return known() ? capacity_ / window_ : 0;
}

bool Limit::in_doubt() const noexcept {
  return by_headers_ && !fixed_ && !even() && window_ <= minute;
}

double Limit::small_burst() const noexcept {
  return units_a_call_ + per_second() * lateness;
}

double Limit::reserve(double margin) const noexcept {
  constexpr double largest_share = 0.1;
  return std::min(margin + units_a_call_ + jitter * capacity_ / window_, largest_share * capacity_);
}

double Limit::wait_for(double units, double margin, time_point now) noexcept {
  refill(now);
  double wait = known() ? std::max(level_wait(units, margin, now), bound_wait(units, margin)) : 0;
  if (in_doubt()) wait = std::max(wait, doubt_.seconds_until(units, capacity_, window_, now));
  if (pacing_ == Pacing::none) return wait;
  update_pace(now);
  return std::max(wait, pace_.wait_for(std::min(units, pace_.capacity)));
}

double Limit::level_wait(double units, double margin, time_point now) const noexcept {
  const double wanted = std::min(units + (fixed_ ? 0 : reserve(margin)), capacity_);
  if (level_.level >= wanted) return 0;
  return fixed_ ? std::max(1e-3, seconds_d(*window_end_ - now).count()) : level_.wait_for(wanted);
}

double Limit::bound_wait(double units, double margin) const noexcept {
  return bound_holds() ? bound_.wait_for(std::min(units + margin, bound_.capacity)) : 0;
}

void Limit::take(double units, time_point now) noexcept {
  constexpr double gain = 0.05;
  if (in_doubt()) doubt_.take(units, capacity_, now);
  units_a_call_ += gain * (units - units_a_call_);
  level_.level -= units;
  bound_.level -= units;
  if (pacing_ == Pacing::none) return;
  pace_.level -= units;
  if (even()) search_.sent(units);
}

void Limit::correct(double units) noexcept {
  level_.level -= units;
  bound_.level -= units;
  if (pacing_ == Pacing::set) pace_.level -= units;
}

void Limit::give_back(double units, bool sent, time_point sent_at) noexcept {
  if (sent_at > read_until_) level_.level += units;
  if (!sent || !counted_) bound_.level += units;
}

void Limit::refill(time_point now) noexcept {
  constexpr double least = 0.05;
  const double rate = capacity_ / window_;
  level_.rate = fixed_ ? 0 : std::max(rate - part_ * std::max(0.0, others_), least * rate);
  constexpr double forgotten_in = 30;  // seconds; without readings there is no knowing
  if (now > level_.at) others_ -= others_ * std::min(1.0, seconds_d(now - level_.at).count() / forgotten_in);
  level_.refill(now);
  bound_.refill(now);
  if (!fixed_) return;
  const auto length = after(time_point(), window_) - time_point();
  if (!window_end_) window_end_ = now + length;
  if (now < *window_end_) return;
  level_.level = capacity_;
  constexpr double nearly = 0.9;
  if (end_is_told_) no_end_before_ = after(*window_end_, nearly * window_);
  end_is_told_ = false;
  *window_end_ += (now - *window_end_) / length * length + length;
}

void Limit::update_pace(time_point now) noexcept {
  if (even()) search_.advance(now);
  pace_.rate = per_second();
  if (pacing_ == Pacing::ramp) {
    grow_burst(now);
  } else {
    pace_.capacity = small_burst();
  }
  pace_.refill(now);
  if (even() && now < search_.paused_until()) {
    pace_.level = std::min(pace_.level, -pace_.rate * seconds_d(search_.paused_until() - now).count());
  }
}

// Workers of one lease grow together: a refusal is to come back before the next step.
void Limit::grow_burst(time_point now) noexcept {
  constexpr double interval = 0.2, leased_interval = 1;
  if (now < burst_grows_at_) return;
  burst_grows_at_ = after(now, leased_ ? leased_interval : interval);
  pace_.level += pace_.capacity;
  pace_.capacity *= 2;
  if (pace_.capacity >= capacity_) pacing_ = Pacing::none;
}

void Limit::read(const Declared& declared, time_point now) noexcept {
  const auto& reading = declared.reading;
  if (!reading.limit) return;
  const bool first = !known() || pacing_ == Pacing::set;
  const bool unknown = !known(), held = by_headers_;
  declare(*reading.limit, declared.window_seconds, declared.fixed);
  hearsay_ = false;
  refill(now);
  if (!held) doubt_.begin(declared.used, now);
  if (reading.reset) doubt_.end();
  if (unknown && !starts_empty_) bound_.level = capacity_ - declared.used;
  if (unknown) bound_.level = std::min(capacity_, bound_.level + bound_.rate * declared.seconds);
  if (fixed_ && by_headers_) read_end(declared, now);
  if (reading.remaining) read_level(declared, now);
  if (!first || !by_headers_ || !reading.remaining || window_ > minute) return;
  pacing_ = Pacing::ramp;
  pace_.capacity = small_burst();
  pace_.level = std::min(pace_.level, pace_.capacity);
  burst_grows_at_ = now;
}

void Limit::declare(double limit, double window_seconds, bool fixed) noexcept {
  if (declared_ == limit && declared_window_ == window_seconds && declared_fixed_ == fixed) return;
  const double more = set_ > 0 || declared_ == 0 ? 0 : limit - declared_;
  if (!known()) level_.level = starts_empty_ && !fixed ? -phase_ * units_a_call_ : limit;
  const bool held = by_headers_;
  declared_ = limit;
  declared_window_ = window_seconds;
  declared_fixed_ = fixed;
  last_read_.reset();
  update_capacity();
  if (more > 0) bound_.level = std::min(bound_.capacity, bound_.level + share() * more);
  if (!held && !by_headers_) return;
  fixed_ = by_headers_ ? fixed : set_window_ > minute;
  window_end_.reset();
  if (!by_headers_) pace_as_set();
}

// Headers declare no limit that is as low any more.
void Limit::pace_as_set() noexcept {
  if (even() || fixed_) return;
  pacing_ = Pacing::set;
  pace_.level = std::min(pace_.level, small_burst());
}

void Limit::learn(const LearnedLimit& limit, time_point now) noexcept {
  if (!learned()) {  // our own answers know better, but for what only refusals show
    declare(limit.limit, limit.seconds, limit.fixed);
    hearsay_ = true;
    refill(now);
  }
  if (window_ > minute || even()) return;
  if (limit.sliced) {
    begin_search(0, now);
  } else if (hearsay_ && pacing_ == Pacing::none) {
    pacing_ = Pacing::set;
    pace_.level = small_burst();
  }
}

std::optional<LearnedLimit> Limit::learned() const noexcept {
  if (declared_ == 0 || hearsay_) return std::nullopt;
  LearnedLimit learned;
  learned.limit = declared_;
  learned.seconds = declared_window_;
  learned.fixed = declared_fixed_;
  learned.sliced = even();
  return learned;
}

void Limit::forget_declared(time_point now) noexcept {
  if (declared_ == 0) return;
  declared_ = 0;
  last_read_.reset();
  refill(now);
  update_capacity();
  fixed_ = known() && window_ > minute;
  if (!even()) pacing_ = known() && !fixed_ ? Pacing::set : Pacing::none;
}

// The time until the end may have been told when the call came in, long before its answer: the shortest is nearest.
void Limit::read_end(const Declared& declared, time_point now) noexcept {
  const auto& reset = declared.reading.reset;
  const auto begin = *window_end_ - (after(time_point(), window_) - time_point());
  if (!reset || declared.admitted_at < begin) return;
  const auto end = std::max(now + *reset, no_end_before_);
  if (end_is_told_ && end >= *window_end_) return;
  window_end_ = end;
  end_is_told_ = true;
}

void Limit::read_level(const Declared& declared, time_point now) noexcept {
  if (fixed_ && declared.admitted_at + (after(time_point(), window_) - time_point()) < *window_end_) return;
  if (declared.admitted_at >= read_until_) lower(declared, now);  // else a younger call has told more
  if (by_headers_ && share() == 1) lift(declared);
}

// As if calls were counted in the order in which they were sent; but no more of those under way than are.
void Limit::lower(const Declared& declared, time_point now) noexcept {
  read_until_ = declared.admitted_at;
  const double filled = fixed_ ? 0 : level_.rate * seconds_d(now - declared.admitted_at).count();
  const double sent_since = declared.sent_now - declared.sent_then;
  const double left = std::min(part_ * *declared.reading.remaining + filled - sent_since, capacity_);
  if (by_headers_ && !fixed_) read_others(declared, level_.level + sent_since - filled, left < level_.level);
  level_.level = std::min(level_.level, counted_ ? std::max(left, -declared.in_flight) : left);
}

// Not where others have their share of it.
void Limit::lift(const Declared& declared) noexcept {
  double sure = *declared.reading.remaining - declared.uncounted;
  if (counted_) sure = std::max(sure, -declared.in_flight);
  level_.level = std::max(level_.level, std::min(sure, capacity_));
}

// Who has a part of the limit may let it gather, and then spend it at once: only while less is left than was thought do
// others use more than theirs.
void Limit::read_others(const Declared& declared, double thought, bool less_than_thought) noexcept {
  constexpr double shortest = 1, memory = 10;  // seconds
  const double remaining = *declared.reading.remaining;
  const auto keep = [&] {
    last_read_ = declared;
    // What was counted before calls that had been sent before it is nothing to measure others by.
    if (share() == 1) last_read_->reading.remaining = std::min(remaining, std::max(0.0, thought));
  };
  if (!last_read_) return keep();
  const double passed = seconds_d(declared.admitted_at - last_read_->admitted_at).count();
  if (passed < shortest) return;
  const double filled = declared_ / declared_window_ * passed;
  const double expected = *last_read_->reading.remaining + filled - (declared.sent_then - last_read_->sent_then);
  constexpr double full = 0.98;  // what does not fit a full bucket is no one's use
  if (expected < full * declared_) {
    const double beyond = (expected - remaining - (1 - share()) * filled) / passed;
    const bool theirs = share() < 1 && !less_than_thought;
    others_ += std::min(1.0, passed / memory) * ((theirs ? std::min(beyond, 0.0) : beyond) - others_);
  }
  keep();
}

bool Limit::foresees_refusal(double units, double margin) const noexcept {
  const double left = bound_holds() ? std::min(level_.level, bound_.level) : level_.level;
  return known() && (left < units + 2 * reserve(margin) || (in_doubt() && doubt_.probing(capacity_)));
}

void Limit::drain(time_point sent_at, time_point now) noexcept {
  doubt_.refused(sent_at, now);
  level_.level = std::min(level_.level, 0.0);
}

void Limit::pace_evenly(double guess, time_point now) noexcept {
  const bool together = part_ < 1 && pacing_ == Pacing::set;  // evenly sent already, and so by others too
  begin_search(guess, now);
  if (!together) pace_.level = -search_.rate() * slice - phase_ * units_a_call_;
}

void Limit::try_slower(double rate, double share, time_point now) noexcept {
  search_.try_slower(rate, share, RateSearch::unlimited, now);
  pacing_ = Pacing::even;
  pace_.at = now;
  pace_.level = std::min(pace_.level, 0.0);
}

void Limit::begin_search(double guess, time_point now) noexcept {
  const double rate = known() ? capacity_ / window_ : RateSearch::unlimited;
  search_.start(known() ? even_share * rate : guess, rate, known(), now);
  pacing_ = Pacing::even;
  pace_.at = now;
  pace_.level = std::min(pace_.level, 0.0);
}

void Limit::answered(double units, time_point sent_at, time_point now) noexcept {
  if (in_doubt()) doubt_.answered(units, capacity_, sent_at, now);
  if (even()) search_.answered(seconds_d(now - sent_at).count());
}

void Limit::refused(double units, time_point sent_at, time_point now) noexcept {
  if (even()) search_.refused(units, sent_at, now);
}

}  // namespace headway::pace
