#include <string>
#include <string_view>

#include <fmt/format.h>

#include "completions.hpp"

namespace headway::cli {
namespace {

/// Text within single quotes; _arguments gives brackets and colons a meaning.
std::string zsh_text(std::string_view text, std::string_view special = "\\[]:") {
  std::string safe;
  for (const char c : text) {
    if (c == '\'') {
      safe += "'\\''";
    } else {
      if (special.find(c) != special.npos) safe += '\\';
      safe += c;
    }
  }
  return safe;
}

std::string zsh_value(const OptionText& option) {
  const auto name = zsh_text(option.positional ? option.names.front() : option.value);
  if (!option.choices.empty()) return fmt::format(":{}:({})", name, fmt::join(option.choices, " "));
  return fmt::format(":{}:{}", name, option.takes_file() ? "_files" : " ");
}

/// A name of an option and its siblings, which it excludes unless it may be said again.
std::string zsh_option(const OptionText& option, const std::string& name) {
  const auto* how = option.value.empty() ? "" : name.starts_with("--") ? "=" : "+";
  const auto before = option.repeated ? "*" : fmt::format("({})", fmt::join(option.names, " "));
  return fmt::format("'{}{}{}[{}]{}'", before, name, how, zsh_text(option.about),
                     option.value.empty() ? "" : zsh_value(option));
}

std::string zsh_options(const CommandText& command) {
  std::string text;
  for (const auto& option : command.options) {
    for (const auto& name : option.names) {
      text += " \\\n    " + (option.positional ? "'" + zsh_value(option) + "'" : zsh_option(option, name));
    }
  }
  return text;
}

}  // namespace

std::string zsh_completions(const CommandText& program) {
  std::string commands, cases;
  for (const auto& command : program.commands) {
    commands += fmt::format("    '{}:{}'\n", zsh_text(command.name), zsh_text(command.about, ""));
    cases += fmt::format("  {}) _arguments -S{} ;;\n", command.name, zsh_options(command));
  }
  // It may lie in a folder of $fpath, or be read by `source`.
  return fmt::format(
      R"(#compdef {0}
# Made by '{0} completions zsh' from the program's own flags.
_{0}_commands() {{
  local -a commands
  commands=(
{2}  )
  _describe command commands
}}
_{0}() {{
  local curcontext=$curcontext state line
  typeset -A opt_args
  _arguments -C -S{1} \
    ':command:_{0}_commands' '*::argument:->arguments'
  [[ $state == arguments ]] || return
  curcontext=${{curcontext%:*}}-$words[1]:
  case $words[1] in
{3}  esac
}}
if [[ ${{funcstack[1]}} == _{0} ]]; then
  _{0} "$@"
else
  compdef _{0} {0}
fi
)",
      program.name, zsh_options(program), commands, cases);
}

}  // namespace headway::cli
