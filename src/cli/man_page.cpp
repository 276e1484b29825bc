#include "man_page.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

#include <fmt/format.h>

#include <headway/version.hpp>

namespace headway::cli {
namespace {

/// Text as roff takes it: neither a line that begins with a dot nor a backslash is a request.
std::string roff(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if ((c == '.' || c == '\'') && (safe.empty() || safe.back() == '\n')) safe += "\\&";
    if (c == '\\') {
      safe += "\\e";
    } else if (c == '-') {
      safe += "\\-";
    } else if (c == '\'') {
      safe += "\\(aq";
    } else if (c == '\n') {
      safe += "\n.br\n";
    } else {
      safe += c;
    }
  }
  return safe;
}

std::string roff_sentence(std::string_view text) {
  const bool ends = text.ends_with('.') || text.ends_with(')');
  return roff(text) + (text.empty() || ends ? "" : ".");
}

std::string roff_heading(std::string_view text) {
  std::string upper(text);
  std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return roff(upper);
}

std::string roff_value(const OptionText& option) {
  if (option.value.empty()) return {};
  return option.choices.empty() ? fmt::format(" \\fI{}\\fR", roff(option.value)) : " " + roff(option.value);
}

std::string roff_option(const OptionText& option) {
  std::string names;
  for (const auto& name : option.names) {
    names += fmt::format("{}\\f{}{}\\fR", names.empty() ? "" : ", ", option.positional ? 'I' : 'B', roff(name));
  }
  auto text = fmt::format(".TP\n{}{}{}\n{}", names, option.positional ? "" : roff_value(option),
                          option.repeated ? " ..." : "", roff_sentence(option.about));
  for (const auto& note : option.notes) text += "\n" + roff_sentence(note);
  return text + "\n";
}

/// Options under their headings; those without one, positionals and --help, come first.
std::string roff_options(const CommandText& command) {
  std::string text, group = "Options";
  for (const auto& option : command.options) {
    if (!option.positional && option.group != group) {
      group = option.group;
      text += fmt::format(".PP\n\\fI{}\\fR\n", roff(group));
    }
    text += roff_option(option);
  }
  return text;
}

std::string roff_command(const std::string& program, const CommandText& command) {
  std::string usage = fmt::format("\\fB{} {}\\fR", roff(program), roff(command.name));
  for (const auto& option : command.options) {
    if (option.positional) usage += fmt::format(" \\fI{}\\fR", roff(option.names.front()));
  }
  auto text = fmt::format(".SS {}\n{} [\\fIoptions\\fR]\n.PP\n{}\n{}", roff(command.name), usage,
                          roff_sentence(command.about), roff_options(command));
  if (!command.footer.empty()) text += fmt::format(".PP\n{}\n", roff(command.footer));
  return text;
}

/// "Environment: A, B." is a section of its own.
std::string roff_footer(std::string_view footer) {
  std::string text;
  while (!footer.empty()) {
    const auto line = footer.substr(0, footer.find('\n'));
    footer.remove_prefix(std::min(footer.size(), line.size() + 1));
    const auto colon = line.find(": ");
    if (colon == line.npos) {
      text += roff(line) + "\n";
    } else {
      text += fmt::format(".SH {}\n{}\n", roff_heading(line.substr(0, colon)), roff(line.substr(colon + 2)));
    }
  }
  return text;
}

}  // namespace

std::string man_page(const CommandText& program) {
  const auto name = roff(program.name);
  auto text = fmt::format(
      ".\\\" Made by '{} man' from the program's own flags.\n.TH {} 1 \"\" \"{} " HEADWAY_VERSION
      "\" \"User Commands\"\n.SH NAME\n{} \\- many LLM calls at once\n.SH SYNOPSIS\n\\fB{}\\fR \\fIcommand\\fR "
      "[\\fIoptions\\fR]\n.SH DESCRIPTION\n{}\n.SH OPTIONS\n{}.SH COMMANDS\n",
      program.name, roff_heading(program.name), name, name, name, roff_sentence(program.about), roff_options(program));
  for (const auto& command : program.commands) text += roff_command(program.name, command);
  return text + roff_footer(program.footer);
}

}  // namespace headway::cli
