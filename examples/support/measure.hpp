#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <string>
#include <thread>

namespace measure {

struct Cost {
  double seconds = 0;
  double cpu_ms = 0;   ///< of the whole process
  int threads = 0;     ///< the most that were alive at once, the caller's and the client's loop among them
  double peak_mb = 0;  ///< the most memory in use (Linux)
};

inline long status_field(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) return std::stol(line.substr(name.size() + 1));
  }
  return 0;
}

/// `who`: RUSAGE_SELF, the process; RUSAGE_THREAD, the calling thread.
inline double cpu_ms(int who) {
  rusage usage{};
  getrusage(who, &usage);
  const auto ms = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_usec) / 1e3;
  };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

/// Runs `work` and tells what it cost. A thread of its own looks at the threads; neither it nor its CPU is counted.
template <class Work>
Cost of(Work work) {
  std::ofstream("/proc/self/clear_refs") << "5";  // the kernel's peak starts again from what is in use now
  std::atomic<bool> done = false;
  Cost cost;
  double observing_ms = 0;
  const auto cpu = cpu_ms(RUSAGE_SELF);
  const auto start = std::chrono::steady_clock::now();
  std::thread observer([&] {
    while (!done) {
      cost.threads = std::max(cost.threads, static_cast<int>(status_field("Threads")) - 1);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    observing_ms = cpu_ms(RUSAGE_THREAD);
  });
  work();
  cost.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  done = true;
  observer.join();
  cost.cpu_ms = cpu_ms(RUSAGE_SELF) - cpu - observing_ms;
  cost.peak_mb = static_cast<double>(status_field("VmHWM")) / 1024;
  return cost;
}

}  // namespace measure
