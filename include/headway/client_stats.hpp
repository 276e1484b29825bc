#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include <headway/limited_by.hpp>

namespace headway {

/// What a Client has done up to now, and has under way.
struct ClientStats {
  std::size_t connections_opened = 0;  ///< since the client was made; an attempt that failed is none
  std::size_t connections_open = 0;    ///< idle ones too
  /// Connections that could not be made because this machine had no file descriptor or port left (raise `ulimit -n`). The
  /// calls share those there are; only where there is none does a call fail.
  std::size_t connections_shed = 0;
  std::size_t calls_in_flight = 0;  ///< begun and not ended; those that wait for a limit, connection or retry too
  std::size_t calls_waiting = 0;    ///< of them: those that are not sent yet, or not again
  /// Of calls_waiting: those that their server told when to come again, which holds nobody else back.
  std::size_t calls_told_to_wait = 0;
  std::uint64_t calls_ended = 0;  ///< answered, failed or cancelled
  std::uint64_t attempts = 0;     ///< requests sent or tried to send
  std::uint64_t refusals = 0;     ///< of them: refused as too fast, or for want of room

  std::int64_t prompt_tokens = 0;      ///< as the providers counted them
  std::int64_t completion_tokens = 0;  ///< as the providers counted them
  /// US dollars, of the calls to models that have a price.
  double cost = 0;

  /// What limits the calls now. The figures below are those of the endpoint and model for which the most calls wait.
  LimitedBy limited_by = LimitedBy::input;
  /// Until one of the waiting calls may be sent, as far as is known; zero: not known, or when a call in flight ends.
  std::chrono::milliseconds resumes_in{0};
  double requests_per_minute = 0;          ///< sent, by the last 10 to 20 s
  double requests_per_minute_allowed = 0;  ///< 0: not known
  /// No setting and no header said what is allowed: it is headway's guess from refusals. Where it is too low, set the limit.
  bool requests_limit_guessed = false;
  double tokens_per_minute = 0;          ///< used, by the last 10 to 20 s
  double tokens_per_minute_allowed = 0;  ///< 0: not known
  bool tokens_limit_guessed = false;
  std::size_t concurrency_limit = 0;  ///< calls in flight at the most; 0: no limit
};

}  // namespace headway
