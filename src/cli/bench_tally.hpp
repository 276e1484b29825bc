#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include <headway/error.hpp>
#include <headway/response.hpp>

#include "base/histogram.hpp"

namespace headway::cli {

using Clock = std::chrono::steady_clock;

/// What is kept of one call that ended.
struct CallEnd {
  CallEnd() {}

  std::optional<Error> error;  ///< nothing: it was answered
  Usage usage;
  int attempts = 0;
  std::vector<std::chrono::nanoseconds> between_tokens;  ///< streamed: between two texts that came one after the other
  std::optional<Clock::time_point> first_token;          ///< streamed: when the first text came
};

/// Counts calls as they start and end. For one thread at a time.
class Tally {
 public:
  void started();
  /// `since` is when the call was due: the caller's own delay in starting it is part of its latency.
  void ended(const CallEnd& end, Clock::time_point since, Clock::time_point now);

  std::uint64_t ok() const { return ok_; }
  std::uint64_t failed() const { return failed_; }
  std::uint64_t calls() const { return ok_ + failed_; }
  std::uint64_t retries() const { return retries_; }
  std::uint64_t in_flight() const { return in_flight_; }
  std::uint64_t peak_in_flight() const { return peak_in_flight_; }
  const std::map<ErrorKind, std::uint64_t>& failed_by_kind() const { return failed_by_kind_; }
  const std::optional<Error>& first_failure() const { return first_failure_; }
  /// Of the calls that were answered.
  const Usage& usage() const { return usage_; }
  /// Of the calls that were answered: a refusal is quick, and would flatter the endpoint.
  const Histogram& latency() const { return latency_; }
  const Histogram& first_token() const { return first_token_; }
  const Histogram& between_tokens() const { return between_tokens_; }

 private:
  void failed(const Error& error);

  std::uint64_t ok_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t retries_ = 0;
  std::uint64_t in_flight_ = 0;
  std::uint64_t peak_in_flight_ = 0;
  std::map<ErrorKind, std::uint64_t> failed_by_kind_;
  std::optional<Error> first_failure_;
  Usage usage_;
  Histogram latency_;
  Histogram first_token_;
  Histogram between_tokens_;
};

}  // namespace headway::cli
