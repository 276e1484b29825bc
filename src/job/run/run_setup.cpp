#include "job/run/run_setup.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "base/text_file.hpp"
#include "job/run/run_paths.hpp"
#include "job/run/run_settings.hpp"
#include "job/run/saved_run.hpp"

namespace headway::job {
namespace {

std::string text_of_file(const std::string& name) {
  auto text = read_text_file(name);
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

/// With what the file holds, without its last line end, where the value names one: as a value that names none.
std::string without_file(Reads reads, const std::string& value) {
  const auto at = reads == Reads::field ? value.find('=') + 1 : 0;
  const bool may_name = reads != Reads::nothing && reads != Reads::file && at < value.size() && value[at] == '@';
  const bool escaped = reads == Reads::text && value.starts_with("@@");
  if (!may_name || escaped) return value;
  const auto text = text_of_file(value.substr(at + 1));
  const bool looks_like_a_name = reads == Reads::text && text.starts_with('@');
  return value.substr(0, at) + (looks_like_a_name ? "@" : "") + text;
}

void keep_the_last(Given& given) {
  for (auto place = given.begin(); place != given.end();) {
    const auto* setting = find_setting(place->first);
    if (!setting) refuse_setting(place->first, "there is no such setting");
    const auto same = [&](const auto& later) { return later.first == place->first; };
    const bool again = !setting->repeated && std::any_of(std::next(place), given.end(), same);
    place = again ? given.erase(place) : std::next(place);
  }
}

void check_together(const Given& given) {
  for (const auto& [name, value] : given) {
    for (const auto other : find_setting(name)->excludes) {
      const bool both = std::ranges::any_of(given, [&](const auto& each) { return each.first == other; });
      if (both) refuse_setting(name, fmt::format("not together with --{}", other));
    }
  }
}

/// In the table's order. What files hold takes their place in `given`: each is read once, since it may be a pipe.
void apply_all(RunSetup& run, Given& given) {
  for (const auto& setting : run_settings()) {
    for (auto& [name, value] : given) {
      if (name != setting.name) continue;
      const auto said = std::exchange(value, without_file(setting.reads, value));
      setting.apply(run, setting.reads == Reads::schema ? said : value);
    }
  }
}

void complete_input(RunSetup& run) {
  auto& input = run.options.input;
  run.options.standard_input = input.path == "-";
  if (!run.options.standard_input) return;
  input.path = run.options.output;
  input.path += ".input";
  input.name = "standard input";
}

void complete_form(RunSetup& run) {
  auto& form = run.options.form;
  form.select = run.select.value_or(form.csv || form.flat ? Select::text : Select::batch);
  form.columns = run.options.input.columns;
  run.options.input.texts_wanted = form.csv || form.select == Select::text || form.select == Select::json;
}

}  // namespace

std::string value_of(const Given& given, std::string_view name) {
  const auto found = std::ranges::find(given, name, &Given::value_type::first);
  return found == given.end() ? std::string() : found->second;
}

std::string output_file(const Given& given) {
  auto output = value_of(given, "output");
  const auto journal = value_of(given, "journal");
  if (output != "-" || journal.empty()) return output;
  constexpr std::string_view ending = ".journal";
  const auto name = std::filesystem::path(journal).filename().string();
  if (!name.ends_with(ending) || name.size() == ending.size()) {
    refuse_setting("journal", fmt::format("{}: the name must end in .journal, e.g. run.journal", journal));
  }
  return journal.substr(0, journal.size() - ending.size());
}

RunSetup run_setup(Given given) {
  keep_the_last(given);
  check_together(given);
  RunSetup run;
  if (const auto output = output_file(given); !output.empty()) {
    const StorePaths paths(output);
    check_paths(given, paths);
    run.options.output = paths.results;
  }
  for (const auto& [name, value] : given) {
    run.options.shown.emplace_back(name == "input" ? name : "--" + name, value);
  }
  apply_all(run, given);
  complete_input(run);
  complete_form(run);
  run.options.saved = saved_settings(given);
  return run;
}

}  // namespace headway::job
