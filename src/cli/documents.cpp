#include <cstdio>
#include <map>
#include <memory>
#include <string>

#include "command.hpp"
#include "completions.hpp"
#include "man_page.hpp"

namespace headway::cli {

// What packages and shells ask for, and no user: --help has neither.
void add_man(CLI::App& program) {
  auto* command = program.add_subcommand("man", "Print the manual page, in roff")->group("");
  command->callback([&program] { std::fputs(man_page(describe(program)).c_str(), stdout); });
}

void add_completions(CLI::App& program) {
  static const std::map<std::string, std::string (*)(const CommandText&)> shells{
      {"bash", bash_completions}, {"zsh", zsh_completions}, {"fish", fish_completions}};
  auto* command = program.add_subcommand("completions", "Print what completes this program in a shell")->group("");
  const auto shell = std::make_shared<std::string>();
  command->add_option("shell", *shell, "bash, zsh or fish")->required()->check(CLI::IsMember(shells));
  command->callback([&program, shell] { std::fputs(shells.at(*shell)(describe(program)).c_str(), stdout); });
}

}  // namespace headway::cli
