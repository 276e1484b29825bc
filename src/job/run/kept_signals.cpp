#include "job/run/kept_signals.hpp"

#include <array>
#include <csignal>
#include <mutex>

namespace headway::job {
namespace {

// Runs on several threads share the process's signals.
std::mutex mutex;
int alive = 0;
struct Kept {
  int signal;
  struct sigaction action;
};
std::array<Kept, 5> kept{{{SIGINT, {}}, {SIGTERM, {}}, {SIGHUP, {}}, {SIGPIPE, {}}, {SIGXFSZ, {}}}};
bool hang_up_is_ignored = false;

}  // namespace

KeptSignals::KeptSignals() {
  const std::lock_guard lock(mutex);
  if (alive++ > 0) return;
  for (auto& [signal, action] : kept) {
    sigaction(signal, nullptr, &action);
    if (signal == SIGHUP) hang_up_is_ignored = action.sa_handler == SIG_IGN;
  }
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

KeptSignals::~KeptSignals() {
  const std::lock_guard lock(mutex);
  if (--alive > 0) return;
  for (const auto& [signal, action] : kept) sigaction(signal, &action, nullptr);
}

bool KeptSignals::hears_hang_up() const {
  const std::lock_guard lock(mutex);
  return !hang_up_is_ignored;
}

}  // namespace headway::job
