#include "say.hpp"

#include "job/report/terminal_text.hpp"

namespace headway::cli {

void say(std::FILE* where, std::string_view text) {
  const auto harmless = job::terminal_text(text);
  std::fwrite(harmless.data(), 1, harmless.size(), where);
  std::fflush(where);
}

}  // namespace headway::cli
