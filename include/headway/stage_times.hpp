#pragma once

#include <chrono>

namespace headway {

/// Where the time of one call went. Each field is the sum over all attempts of the call; zero means that the stage
/// was never entered. Measured with a monotonic clock.
struct StageTimes {
  std::chrono::nanoseconds quota{};       ///< waiting for the provider's limits, or as long as it asked to wait
  std::chrono::nanoseconds slot{};        ///< waiting for one of the calls in flight to end
  std::chrono::nanoseconds queued{};      ///< waiting for a free connection
  std::chrono::nanoseconds connect{};     ///< DNS, TCP, proxy and TLS; zero on a reused connection
  std::chrono::nanoseconds send{};        ///< writing the request
  std::chrono::nanoseconds first_byte{};  ///< from the request's last byte to the answer's first
  /// Of a streamed answer: from its first byte to its first chunk, which servers send late that send their headers early.
  std::chrono::nanoseconds first_token{};
  std::chrono::nanoseconds body{};     ///< from there to the answer's last byte
  std::chrono::nanoseconds backoff{};  ///< waiting before retries

  constexpr StageTimes& operator+=(const StageTimes& other) {
    quota += other.quota;
    slot += other.slot;
    queued += other.queued;
    connect += other.connect;
    send += other.send;
    first_byte += other.first_byte;
    first_token += other.first_token;
    body += other.body;
    backoff += other.backoff;
    return *this;
  }
  constexpr std::chrono::nanoseconds total() const {
    return quota + slot + queued + connect + send + first_byte + first_token + body + backoff;
  }
};

}  // namespace headway
