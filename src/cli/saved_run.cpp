#include "saved_run.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <boost/json.hpp>

#include <headway/error.hpp>

#include "config/environment.hpp"
#include "run_flags.hpp"

namespace headway::cli {
namespace {

constexpr std::string_view format = "values";

// How a start was looked at or went is its own: a retry is told anew.
constexpr std::array<std::string_view, 14> not_kept = {
    "output", "journal", "base-url", "config", "report", "report-prompts", "dry-run",
    "pilot",  "yes",     "fresh",    "quiet",  "help",   "rerun-changed",  "keep-finished",
};

[[noreturn]] void refuse_saved(const std::string& output, std::string_view why) {
  throw Error(ErrorKind::configuration,
              fmt::format("the journal of {} {}: run the same command again first", output, why));
}

/// A value that is given back as it is, though values of this flag may name a file.
std::string literal(const std::string& name, const std::string& value,
                    const std::function<std::string(const std::string&)>& read) {
  const bool names_file = value.starts_with('@') && !value.starts_with("@@");
  if (name == "prompt" || name == "system") {
    auto text = names_file ? read(value) : value;
    return names_file && text.starts_with('@') ? '@' + text : text;
  }
  if (name == "expect" && names_file) return read(value);
  if (name == "set") {
    const auto file = value.find("=@");
    if (file != value.npos && value.find('=') == file) return value.substr(0, file + 1) + read(value.substr(file + 1));
  }
  return value;
}

// A value that names a file, where it is not the text of one that was read.
bool reads_file(std::string_view name, std::string_view value) {
  if (name == "set") {
    const auto equals = value.find('=');
    return equals != value.npos && value.substr(equals + 1).starts_with('@');
  }
  if (name == "expect") return value.starts_with('@');
  return (name == "prompt" || name == "system") && value.starts_with('@') && !value.starts_with("@@");
}

std::string absolute(const std::string& path) {
  std::error_code none;
  return path.empty() ? path : std::filesystem::absolute(path, none).lexically_normal().string();
}

std::string_view without_slash(std::string_view url) {
  while (url.ends_with('/')) url.remove_suffix(1);
  return url;
}

bool names_endpoint(const std::string& argument) {
  constexpr std::array<std::string_view, 2> flags = {"--base-url", "--config"};
  return std::ranges::any_of(flags, [&](std::string_view flag) {
    return argument == flag || (argument.starts_with(flag) && argument[flag.size()] == '=');
  });
}

void add_arguments(SavedRun& run, const std::string& output, const std::string& name,
                   const boost::json::array& values) {
  if (std::ranges::find(not_kept, name) != not_kept.end()) return;
  if (values.empty()) run.arguments.push_back("--" + name);
  for (const auto& value : values) {
    const auto text = boost::json::value_to<std::string>(value);
    if (reads_file(name, text)) refuse_saved(output, fmt::format("names a file to be read (--{})", name));
    run.arguments.push_back(fmt::format("--{}={}", name, text));
  }
}

}  // namespace

std::string saved_settings(const std::vector<std::string>& arguments,
                           const std::function<std::string(const std::string&)>& read) {
  RunFlags flags;
  CLI::App command("", "headway run");
  add_run_flags(command, flags);
  for (auto* option : command.get_options()) {
    if (option->get_items_expected_max() == 1) option->take_last();  // as a retry has it
  }
  auto reversed = arguments;
  std::ranges::reverse(reversed);  // as CLI11 wants it
  command.parse(std::move(reversed));
  boost::json::object values;
  for (const auto* option : command.get_options([](const CLI::Option* given) { return given->count() > 0; })) {
    if (option->get_positional()) continue;
    const auto& name = option->get_lnames().front();
    if (std::ranges::find(not_kept, name) != not_kept.end()) continue;
    auto& kept = values[name].emplace_array();
    if (option->get_items_expected_max() == 0) continue;
    for (const auto& value : option->results()) kept.emplace_back(literal(name, value, read));
  }
  const boost::json::object settings{{"format", format},
                                     {"directory", std::filesystem::current_path().string()},
                                     {"input", flags.input},
                                     {"base_url", flags.endpoint.base_url},
                                     {"config", absolute(flags.endpoint.config)},
                                     {"flags", std::move(values)}};
  return boost::json::serialize(settings);
}

SavedRun saved_run(const std::string& output, const std::string& settings) try {
  const auto all = boost::json::parse(settings);
  if (const auto* kept = all.as_object().if_contains("format"); !kept || *kept != boost::json::string(format)) {
    refuse_saved(output, "was written by an earlier version, which kept a command line");
  }
  SavedRun run;
  run.directory = boost::json::value_to<std::string>(all.at("directory"));
  run.base_url = boost::json::value_to<std::string>(all.at("base_url"));
  run.config = boost::json::value_to<std::string>(all.at("config"));
  for (const auto& [name, values] : all.at("flags").as_object()) add_arguments(run, output, name, values.as_array());
  const auto input = boost::json::value_to<std::string>(all.at("input"));
  run.arguments.insert(run.arguments.end(), input.starts_with('-') && input != "-" ? "./" + input : input);
  return run;
} catch (const boost::system::system_error&) {
  refuse_saved(output, "does not say how the run was started");
}

void check_endpoint_is_named(const std::string& output, const SavedRun& run, const std::vector<std::string>& typed) {
  if (std::ranges::any_of(typed, names_endpoint)) return;
  if (!run.config.empty()) {
    throw Error(
        ErrorKind::configuration,
        fmt::format("the run had its endpoints from {}: say so again, since a journal may be another's: headway "
                    "retry {} --config {}",
                    run.config, output, run.config));
  }
  EndpointOptions environment;
  environment = config::with_environment(std::move(environment));
  if (run.base_url.empty() || without_slash(run.base_url) == without_slash(environment.base_url)) return;
  throw Error(
      ErrorKind::configuration,
      fmt::format("the run asked {}, and the environment says {}: name the one that is meant, since a journal may "
                  "be another's: headway retry {} --base-url {}",
                  run.base_url, environment.base_url, output, run.base_url));
}

}  // namespace headway::cli
