#include "job/run/kept_signals.hpp"

#include <csignal>
#include <mutex>

namespace headway::job {
namespace {

// Runs on several threads share the process's signals.
std::mutex mutex;
int alive = 0;
struct sigaction on_interrupt, on_terminate;

}  // namespace

KeptSignals::KeptSignals() {
  const std::lock_guard lock(mutex);
  if (alive++ > 0) return;
  sigaction(SIGINT, nullptr, &on_interrupt);
  sigaction(SIGTERM, nullptr, &on_terminate);
}

KeptSignals::~KeptSignals() {
  const std::lock_guard lock(mutex);
  if (--alive > 0) return;
  sigaction(SIGINT, &on_interrupt, nullptr);
  sigaction(SIGTERM, &on_terminate, nullptr);
}

}  // namespace headway::job
