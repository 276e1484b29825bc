#include <string>
#include <vector>

#include <fmt/format.h>

#include "completions.hpp"

namespace headway::cli {
namespace {

std::string bash_words(const CommandText& command) {
  std::vector<std::string> words;
  for (const auto& option : command.options) {
    if (!option.positional) words.insert(words.end(), option.names.begin(), option.names.end());
  }
  for (const auto& each : command.commands) words.push_back(each.name);
  return fmt::format("{}", fmt::join(words, " "));
}

/// What comes after an option that takes a value. Where nothing is offered, bash offers files.
std::string bash_values(const CommandText& command) {
  std::string cases;
  for (const auto& option : command.options) {
    if (option.positional || option.value.empty()) continue;
    cases += fmt::format("        {}) words='{}' ;;\n", fmt::join(option.names, " | "), fmt::join(option.choices, " "));
  }
  return cases;
}

std::string bash_command(const CommandText& command, const std::string& pattern, const std::string& otherwise) {
  return fmt::format("    {})\n      case $before in\n{}        *) {}words='{}' ;;\n      esac ;;\n", pattern,
                     bash_values(command), otherwise, bash_words(command));
}

}  // namespace

std::string bash_completions(const CommandText& program) {
  std::string cases = bash_command(program, "''", "");
  for (const auto& command : program.commands) {
    cases += bash_command(command, command.name, "[[ $word != -* ]] || ");
  }
  // bash parts --flag=value into three words.
  return fmt::format(
      R"(# Made by '{0} completions bash' from the program's own flags.
_{0}() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} command='' words='' at
  if [[ $word == = ]]; then
    word=''
  elif [[ $before == = ]]; then
    before=${{COMP_WORDS[COMP_CWORD - 2]}}
  fi
  for ((at = 1; at < COMP_CWORD; at++)); do
    [[ ${{COMP_WORDS[at]}} == -* ]] || {{ command=${{COMP_WORDS[at]}}; break; }}
  done
  case $command in
{1}  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}}
complete -o default -F _{0} {0}
)",
      program.name, cases);
}

}  // namespace headway::cli
