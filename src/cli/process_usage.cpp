#include "process_usage.hpp"

#include <sys/resource.h>

#include <fstream>
#include <string>
#include <string_view>

namespace headway::cli {
namespace {

std::chrono::nanoseconds duration_of(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

long status_field(std::string_view name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name)) return std::stol(line.substr(name.size()));
  }
  return 0;
}

}  // namespace

std::chrono::nanoseconds cpu_time() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return duration_of(usage.ru_utime) + duration_of(usage.ru_stime);
}

// Not getrusage's ru_maxrss, which a process inherits from the one that started it.
double peak_rss_mb() {
  return static_cast<double>(status_field("VmHWM:")) / 1024;
}

int thread_count() {
  return static_cast<int>(status_field("Threads:"));
}

}  // namespace headway::cli
