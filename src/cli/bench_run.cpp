#include "bench_run.hpp"

namespace headway::cli {

BenchRun::BenchRun(const BenchOptions& options, Clock::time_point start) : start_(start), left_(options.calls) {
  if (!options.duration) return;
  until_ = start + std::chrono::ceil<Clock::duration>(*options.duration);
  left_ = std::numeric_limits<std::size_t>::max();
}

bool BenchRun::admit(Clock::time_point due) {
  const std::lock_guard lock(mutex_);
  if (left_ == 0 || due >= until_) return false;
  --left_;
  tally_.started();
  return true;
}

void BenchRun::ended(const CallEnd& end, Clock::time_point due) {
  const std::lock_guard lock(mutex_);
  tally_.ended(end, due, Clock::now());
}

void BenchRun::stop() {
  const std::lock_guard lock(mutex_);
  left_ = 0;
}

}  // namespace headway::cli
