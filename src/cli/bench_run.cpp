#include "bench_run.hpp"

namespace headway::cli {
namespace {

/// Whether the call was refused on this side, and so would be each that comes: a wrong key, a cap that is reached.
bool none_will_be_sent(const Error& error) {
  if (error.info().attempts > 0) return false;
  switch (error.kind()) {
    case ErrorKind::configuration:
    case ErrorKind::authentication:
    case ErrorKind::permission:
    case ErrorKind::not_found:
    case ErrorKind::quota_exhausted:
      return true;
    default:
      return false;
  }
}

}  // namespace

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
  if (left_ == 0 || !end.error || !none_will_be_sent(*end.error)) return;
  left_ = 0;
  stopped_early_ = true;
}

void BenchRun::stop() {
  const std::lock_guard lock(mutex_);
  left_ = 0;
}

}  // namespace headway::cli
