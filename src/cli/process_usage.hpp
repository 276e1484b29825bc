#pragma once

#include <chrono>

namespace headway::cli {

/// Processor time of this process so far, in all its threads, in user and kernel mode.
std::chrono::nanoseconds cpu_time();
/// The most memory this process has had at once, in MB (2^20 bytes).
double peak_rss_mb();
/// Threads of this process that are alive now.
int thread_count();

}  // namespace headway::cli
