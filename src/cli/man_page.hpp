#pragma once

#include <string>

#include "command_line.hpp"

namespace headway::cli {

/// The program's manual page in roff, of section 1.
std::string man_page(const CommandText& program);

}  // namespace headway::cli
