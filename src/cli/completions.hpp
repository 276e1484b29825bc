#pragma once

#include <string>

#include "command_line.hpp"

namespace headway::cli {

// Each gives a script by which the shell completes the program's commands, flags, their words and files.
std::string bash_completions(const CommandText& program);
std::string zsh_completions(const CommandText& program);
std::string fish_completions(const CommandText& program);

}  // namespace headway::cli
