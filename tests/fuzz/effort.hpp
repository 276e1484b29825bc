#pragma once

#include <ctime>

#include "input.hpp"

namespace headway::fuzz {

/// What lives as long as this may take so much of the processor, whatever else runs on the machine: the sanitizers' ten times is
/// in it, a quadratic time is not.
class Effort {
 public:
  explicit Effort(double seconds) : end_(now() + seconds) {}
  Effort(const Effort&) = delete;
  Effort& operator=(const Effort&) = delete;
  ~Effort() { require(now() <= end_); }

 private:
  static double now() {
    std::timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  }

  double end_;
};

}  // namespace headway::fuzz
