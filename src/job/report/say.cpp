#include "job/report/say.hpp"

#include "job/report/terminal_text.hpp"

namespace headway::job {

void say(std::FILE* where, std::string_view text) {
  const auto harmless = terminal_text(text);
  std::fwrite(harmless.data(), 1, harmless.size(), where);
  std::fflush(where);
}

}  // namespace headway::job
