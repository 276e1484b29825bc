#include "job/store/fault_points.hpp"

#ifdef HEADWAY_FAULT_POINTS

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <iterator>
#include <new>
#include <optional>
#include <utility>

namespace headway::job {

namespace {

/// "step:nth:what"
struct Fault {
  std::string_view step;
  long nth = 1;
  std::string_view what = "KILL";
};

std::optional<Fault> fault_wanted() {
  const char* setting = std::getenv("HEADWAY_FAULT");
  if (!setting) return {};
  const std::string_view text(setting);
  Fault fault;
  const auto first = text.find(':');
  fault.step = text.substr(0, first);
  if (first == text.npos) return fault;
  fault.nth = std::strtol(setting + first + 1, nullptr, 10);
  if (const auto second = text.find(':', first + 1); second != text.npos) fault.what = text.substr(second + 1);
  return fault;
}

void wait_for_gate() {
  const auto* gate = std::getenv("HEADWAY_FAULT_GATE");
  while (gate != nullptr && ::access(gate, F_OK) != 0) ::usleep(10'000);
}

void meet(std::string_view what) {
  if (what == "memory") throw std::bad_alloc();
  if (what == "hold") return wait_for_gate();
  constexpr std::pair<std::string_view, int> signals[] = {{"INT", SIGINT}, {"TERM", SIGTERM}, {"HUP", SIGHUP}};
  const auto* named = std::ranges::find(signals, what, &std::pair<std::string_view, int>::first);
  ::kill(::getpid(), named == std::end(signals) ? SIGKILL : named->second);
}

}  // namespace

bool fault_due(std::string_view name) {
  static std::atomic<long> passed = 0;
  const auto fault = fault_wanted();
  return fault && fault->step == name && ++passed == fault->nth;
}

void fault_point(std::string_view name) {
  if (fault_due(name)) meet(fault_wanted()->what);
}

}  // namespace headway::job

#endif
