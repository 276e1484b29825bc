#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "bench_limits.hpp"
#include "bench_tally.hpp"

namespace headway::cli {

/// What a run found.
struct BenchReport {
  BenchReport() {}

  Tally tally;
  std::chrono::duration<double> wall{};
  std::chrono::duration<double> cpu{};  ///< of the whole process, over the run
  double peak_rss_mb = 0;
  std::size_t connections = 0;  ///< opened
  std::size_t shed = 0;         ///< connections, as ClientStats::connections_shed
  int threads = 0;              ///< at the most
  LimitsLog limits;
  bool interrupted = false;
  bool stopped_early = false;

  /// For people: several lines, each with its line break.
  std::string text() const;
  /// One JSON object on one line.
  std::string json() const;
};

/// The line that a terminal shows while it goes on.
std::string progress_line(const Tally& tally, const LimitsLog& limits, std::chrono::duration<double> since_start);

}  // namespace headway::cli
