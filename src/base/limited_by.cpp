#include <headway/limited_by.hpp>

namespace headway {

std::string_view to_string(LimitedBy limit) noexcept {
  switch (limit) {
    case LimitedBy::input:
      return "input";
    case LimitedBy::requests:
      return "requests";
    case LimitedBy::tokens:
      return "tokens";
    case LimitedBy::concurrency:
      return "concurrency";
    case LimitedBy::server:
      return "server";
    case LimitedBy::spend:
      return "spend";
    case LimitedBy::lease:
      return "lease";
    case LimitedBy::connections:
      return "connections";
    case LimitedBy::network:
      return "network";
    case LimitedBy::cpu:
      return "cpu";
  }
  return "input";
}

}  // namespace headway
