#pragma once

#include <string>
#include <string_view>

namespace headway::job {

/// `text` so that it can do nothing to a terminal but stand there: in UTF-8, and each control character (C0 but for line
/// ends and tabs, DEL, C1) and each that turns the direction of what is around it made U+FFFD.
std::string terminal_text(std::string_view text);

}  // namespace headway::job
