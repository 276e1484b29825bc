#pragma once

#include <chrono>
#include <string>

#include <headway/error.hpp>
#include <headway/options.hpp>
#include <headway/stage_times.hpp>

namespace headway::net {

/// The time limits of one exchange and the time its stages took. Is told the time; has no timer of its own.
class ExchangeClock {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// The request is about to be written. `timeouts` outlives the exchange.
  void start(const Timeouts& timeouts, time_point now);
  /// All of the request is written.
  void sent(time_point now);
  /// Bytes of the answer came.
  void received(time_point now);
  /// Whether the answer is held back, so that its standing still is not the server's doing.
  void hold_back(bool hold, time_point now);

  /// When the first limit is reached; time_point::max() if none is set.
  time_point expiry() const;
  /// Which limit it is that expires first.
  ErrorKind expired() const;
  /// Adds what was spent until `now`.
  void add_to(StageTimes& times, time_point now) const;

 private:
  time_point first_byte_expiry() const;
  time_point idle_expiry() const;
  time_point total_expiry() const;

  const Timeouts* limits_ = nullptr;
  time_point started_;
  time_point sent_;  // max(): not yet
  time_point first_byte_;
  time_point last_byte_;
  bool answering_ = false;
  bool held_back_ = false;
};

/// For people: the limit of that kind was reached.
std::string expired_text(ErrorKind kind, const Timeouts& limits);

}  // namespace headway::net
