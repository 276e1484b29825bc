#pragma once

#include <chrono>

namespace headway::cli {

/// Processor time of this process so far, in all its threads, in user and kernel mode.
std::chrono::nanoseconds cpu_time();
/// The most memory this process has had at once, in MB (2^20 bytes).
double peak_rss_mb();
/// Threads of this process that are alive now.
int thread_count();
/// Each connection takes a file descriptor: lets this process open as many as it is allowed to ask for.
void raise_file_limit();

}  // namespace headway::cli
