#include <string>
#include <string_view>

#include <fmt/format.h>

#include "completions.hpp"

namespace headway::cli {
namespace {

std::string fish_quoted(std::string_view text) {
  std::string safe = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') safe += '\\';
    safe += c;
  }
  return safe + "'";
}

std::string fish_names(const OptionText& option) {
  std::string flags;
  for (const auto& name : option.names) {
    flags += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  return flags;
}

std::string fish_value(const OptionText& option) {
  if (!option.choices.empty()) return fmt::format(" -x -a '{}'", fmt::join(option.choices, " "));
  if (option.value.empty()) return "";
  return option.takes_file() ? " -r -F" : " -x";
}

std::string fish_options(const CommandText& command, const std::string& begin) {
  std::string lines;
  for (const auto& option : command.options) {
    if (option.positional) {
      if (option.takes_file()) lines += begin + " -F\n";
    } else {
      lines += begin + fish_names(option) + fish_value(option) + " -d " + fish_quoted(option.about) + "\n";
    }
  }
  return lines;
}

}  // namespace

std::string fish_completions(const CommandText& program) {
  const auto any = "complete -c " + program.name;
  const auto first = any + " -n __fish_use_subcommand";
  auto text = fmt::format("# Made by '{} completions fish' from the program's own flags.\n{} -f\n", program.name, any) +
              fish_options(program, first);
  for (const auto& command : program.commands) {
    text += fmt::format("{} -a {} -d {}\n", first, command.name, fish_quoted(command.about)) +
            fish_options(command, fmt::format("{} -n '__fish_seen_subcommand_from {}'", any, command.name));
  }
  return text;
}

}  // namespace headway::cli
