#include <headway/ending.hpp>

namespace headway {

std::string_view to_string(Ending ending) noexcept {
  switch (ending) {
    case Ending::stop:
      return "stop";
    case Ending::tool_calls:
      return "tool_calls";
    case Ending::length:
      return "length";
    case Ending::filtered:
      return "filtered";
    case Ending::refused:
      return "refused";
    case Ending::failed:
      return "failed";
    case Ending::unknown:
      break;
  }
  return "unknown";
}

}  // namespace headway
