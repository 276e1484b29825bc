#include "command_line.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

namespace headway::cli {
namespace {

std::vector<std::string> option_names(const CLI::Option& option) {
  if (option.get_positional()) return {option.get_name(true)};
  std::vector<std::string> names;
  for (const auto& name : option.get_snames()) names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) names.push_back("--" + name);
  return names;
}

/// Words that are typed as they are: capitals and marks stand for something else.
bool is_word(const std::string& text) {
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) == 0
             ? std::ranges::all_of(text, [](unsigned char c) { return std::islower(c) != 0 || c == '-' || c == '_'; })
             : std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0 || c == '.'; });
}

std::vector<std::string> words_of(const std::string& list, char separator) {
  auto words = CLI::detail::split(list, separator);
  std::erase_if(words, [](const std::string& word) { return !is_word(word); });
  return words;
}

/// CLI11 tells type and checks as "TEXT:{auto,1.1,2}", "FLOAT:0 to 1000" or the type alone, here also "text|json|@FILE".
void add_value(OptionText& text, const std::string& type) {
  const auto colon = type.find(':');
  text.value = type.substr(0, colon);
  const auto check = colon == type.npos ? std::string() : type.substr(colon + 1);
  if (check.starts_with('{') && check.ends_with('}')) {
    text.choices = words_of(check.substr(1, check.size() - 2), ',');
    text.value = fmt::format("{}", fmt::join(text.choices, "|"));
  } else {
    if (type.find('|') != type.npos) text.choices = words_of(text.value, '|');
    if (!check.empty()) text.notes.push_back(check);
  }
}

void add_notes(OptionText& text, const CLI::Option& option) {
  if (option.get_required()) text.notes.emplace_back("Required");
  if (!option.get_default_str().empty()) text.notes.push_back("Default: " + option.get_default_str());
  if (!option.get_envname().empty()) text.notes.push_back("Environment: " + option.get_envname());
  std::vector<std::string> others;
  for (const auto* other : option.get_excludes()) others.push_back(other->get_name());
  std::ranges::sort(others);  // CLI11 has them by address
  if (!others.empty()) text.notes.push_back(fmt::format("Not with {}", fmt::join(others, ", ")));
}

OptionText option_text(const CLI::Option& option) {
  OptionText text;
  text.names = option_names(option);
  text.group = option.get_group();
  text.about = option.get_description();
  text.positional = option.get_positional();
  text.repeated = option.get_expected_max() == CLI::detail::expected_max_vector_size;
  if (option.get_items_expected_max() > 0) add_value(text, option.get_type_name());
  add_notes(text, option);
  return text;
}

}  // namespace

CommandText describe(const CLI::App& app) {
  CommandText text{app.get_name(), app.get_description(), app.get_footer(), {}, {}};
  for (const auto* option : app.get_options()) {
    if (!option->get_group().empty()) text.options.push_back(option_text(*option));
  }
  for (const auto* command : app.get_subcommands(std::function<bool(const CLI::App*)>())) {
    if (!command->get_group().empty()) text.commands.push_back(describe(*command));
  }
  return text;
}

}  // namespace headway::cli
