#include "job/store/fault_points.hpp"

#ifdef HEADWAY_FAULT_POINTS

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <string>

namespace headway::job {

bool fault_due(std::string_view name) {
  static std::atomic<int> passed = 0;
  const char* setting = std::getenv("HEADWAY_FAULT");
  if (!setting) return false;
  const std::string_view wanted(setting);
  const auto colon = wanted.find(':');
  if (wanted.substr(0, colon) != name) return false;
  const auto nth = colon == wanted.npos ? 1 : std::strtol(setting + colon + 1, nullptr, 10);
  return ++passed == nth;
}

void fault_point(std::string_view name) {
  if (fault_due(name)) std::raise(SIGKILL);
}

}  // namespace headway::job

#endif
