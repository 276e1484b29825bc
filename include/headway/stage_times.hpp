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
  std::chrono::nanoseconds first_byte{};  ///< from the start of sending to the answer's first byte
  std::chrono::nanoseconds body{};        ///< from the answer's first byte to its last
  std::chrono::nanoseconds backoff{};     ///< waiting before retries

  constexpr std::chrono::nanoseconds total() const {
    return quota + slot + queued + connect + first_byte + body + backoff;
  }
};

}  // namespace headway
