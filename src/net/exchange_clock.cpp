#include "net/exchange_clock.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace headway::net {
namespace {

using time_point = ExchangeClock::time_point;

time_point after(time_point start, std::chrono::milliseconds limit) {
  return limit.count() > 0 ? start + limit : time_point::max();
}

}  // namespace

void ExchangeClock::start(const Timeouts& timeouts, time_point now) {
  limits_ = &timeouts;
  started_ = now;
  sent_ = time_point::max();
  answering_ = false;
  held_back_ = false;
}

void ExchangeClock::sent(time_point now) {
  sent_ = now;
}

void ExchangeClock::received(time_point now) {
  if (!answering_) first_byte_ = now;
  answering_ = true;
  last_byte_ = now;
}

void ExchangeClock::hold_back(bool hold, time_point now) {
  held_back_ = hold;
  last_byte_ = now;
}

time_point ExchangeClock::first_byte_expiry() const {
  return answering_ ? time_point::max() : after(started_, limits_->first_byte);
}

time_point ExchangeClock::idle_expiry() const {
  return answering_ && !held_back_ ? after(last_byte_, limits_->idle) : time_point::max();
}

time_point ExchangeClock::total_expiry() const {
  return after(started_, limits_->total);
}

time_point ExchangeClock::expiry() const {
  return std::min({first_byte_expiry(), idle_expiry(), total_expiry()});
}

ErrorKind ExchangeClock::expired() const {
  const auto first = expiry();
  if (first == total_expiry()) return ErrorKind::timeout;
  return first == idle_expiry() ? ErrorKind::idle_timeout : ErrorKind::first_byte_timeout;
}

void ExchangeClock::add_to(StageTimes& times, time_point now) const {
  const auto waited_until = answering_ ? first_byte_ : now;
  const auto sent = std::min(sent_, waited_until);  // a server may answer before it has read everything
  times.send += sent - started_;
  times.first_byte += waited_until - sent;
  if (answering_) times.body += now - first_byte_;
}

std::string expired_text(ErrorKind kind, const Timeouts& limits) {
  switch (kind) {
    case ErrorKind::first_byte_timeout:
      return fmt::format("no byte of an answer within {} ms", limits.first_byte.count());
    case ErrorKind::idle_timeout:
      return fmt::format("the answer stood still for {} ms", limits.idle.count());
    default:
      return fmt::format("the attempt took longer than {} ms", limits.total.count());
  }
}

}  // namespace headway::net
