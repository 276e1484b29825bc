#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include <headway/options.hpp>

#include "command.hpp"

namespace headway::cli {

/// What `headway bench` shall do.
struct BenchOptions {
  BenchOptions() {}

  EndpointFlags endpoint;
  std::string model;  ///< empty: HEADWAY_MODEL
  std::string prompt = "Hello how are you?";
  std::optional<int> max_tokens;
  bool chat = false;
  std::optional<HttpVersion> http;  ///< unset: the configuration's, or what fits

  std::size_t calls = 100;                           ///< calls in all; not looked at if there is a duration
  std::optional<std::chrono::nanoseconds> duration;  ///< no call starts after it; those in flight are awaited
  std::size_t in_flight = 10;                        ///< calls in flight: the next starts as soon as one ends
  std::optional<double> rate;                        ///< calls started a second, however long they take
  std::optional<std::size_t> threads;                ///< blocking calls by a ThreadPoolExecutor of so many workers

  std::optional<std::chrono::milliseconds> timeout;  ///< of a call, retries included
  std::optional<int> max_retries;
  bool stream = false;
  bool json = false;
};

}  // namespace headway::cli
