#include "job/run/saved_run.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <boost/json.hpp>

#include <headway/error.hpp>

#include "job/run/run_settings.hpp"
#include "job/run/run_setup.hpp"

namespace headway::job {
namespace {

constexpr std::string_view saved_format = "values";

[[noreturn]] void refuse_saved(const std::string& output, std::string_view why) {
  throw Error(ErrorKind::configuration,
              fmt::format("the journal of {} {}: run the same command again first", output, why));
}

// A value that names a file, where it is not the text of one that was read.
bool reads_file(Reads reads, std::string_view value) {
  if (reads == Reads::field) {
    const auto equals = value.find('=');
    return equals != value.npos && value.substr(equals + 1).starts_with('@');
  }
  if (reads == Reads::schema) return value.starts_with('@');
  return reads == Reads::text && value.starts_with('@') && !value.starts_with("@@");
}

std::string absolute_path(const std::string& path) {
  std::error_code none;
  return path.empty() ? path : std::filesystem::absolute(path, none).lexically_normal().string();
}

void add_saved(SavedRun& run, const std::string& output, const std::string& name, const boost::json::array& values) {
  const auto* setting = find_setting(name);
  if (!setting) refuse_saved(output, fmt::format("has a setting that this version does not know (--{})", name));
  if (!setting->kept) return;
  if (values.empty()) run.given.emplace_back(name, "");
  for (const auto& value : values) {
    auto text = boost::json::value_to<std::string>(value);
    if (reads_file(setting->reads, text)) refuse_saved(output, fmt::format("names a file to be read (--{})", name));
    run.given.emplace_back(name, std::move(text));
  }
}

}  // namespace

std::string saved_settings(const Given& given) {
  boost::json::object values;
  for (const auto& [name, value] : given) {
    const auto* setting = find_setting(name);
    if (!setting->kept) continue;
    if (!values.contains(name)) values[name].emplace_array();
    if (!setting->takes.empty()) values[name].as_array().emplace_back(value);
  }
  const boost::json::object settings{{"format", saved_format},
                                     {"directory", std::filesystem::current_path().string()},
                                     {"input", value_of(given, "input")},
                                     {"base_url", value_of(given, "base-url")},
                                     {"config", absolute_path(value_of(given, "config"))},
                                     {"flags", std::move(values)}};
  return boost::json::serialize(settings);
}

SavedRun saved_run(const std::string& output, const std::string& settings) try {
  const auto all = boost::json::parse(settings);
  if (const auto* format = all.as_object().if_contains("format");
      !format || *format != boost::json::string(saved_format)) {
    refuse_saved(output, "was written by an earlier version, which kept a command line");
  }
  SavedRun run;
  run.directory = boost::json::value_to<std::string>(all.at("directory"));
  run.base_url = boost::json::value_to<std::string>(all.at("base_url"));
  run.config = boost::json::value_to<std::string>(all.at("config"));
  run.given.emplace_back("input", boost::json::value_to<std::string>(all.at("input")));
  for (const auto& [name, values] : all.at("flags").as_object()) add_saved(run, output, name, values.as_array());
  return run;
} catch (const boost::system::system_error&) {
  refuse_saved(output, "does not say how the run was started");
}

}  // namespace headway::job
