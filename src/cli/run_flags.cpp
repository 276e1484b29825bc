#include "run_flags.hpp"

#include "job/run/run_settings.hpp"

namespace headway::cli {
namespace {

bool names_file_of_run(const job::Setting& setting) {
  return setting.name == "input" || setting.name == "output";
}

std::string flag_of(const job::Setting& setting) {
  if (setting.name == "input") return "input";
  return fmt::format("{}--{}", setting.name == "output" ? "-o," : "", setting.name);
}

void add_run_flag(CLI::App& command, const job::Setting& setting) {
  const std::string about(setting.about);
  auto* option = setting.takes.empty() ? command.add_flag(flag_of(setting), about)
                                       : command.add_option(flag_of(setting), about)->type_name(setting.takes);
  if (setting.repeated) option->expected(1, CLI::detail::expected_max_vector_size);
  if (setting.repeated && setting.reads == job::Reads::field) option->allow_extra_args(false);
  if (setting.name != "input") option->group(std::string(setting.group));
  option->required(names_file_of_run(setting));
  for (const auto other : setting.excludes) {
    if (auto* before = command.get_option_no_throw("--" + std::string(other))) option->excludes(before);
  }
}

}  // namespace

void add_run_flags(CLI::App& command, bool names_files) {
  for (const auto& setting : job::run_settings()) {
    if (names_files || !names_file_of_run(setting)) add_run_flag(command, setting);
  }
}

job::Given given_flags(const CLI::App& command) {
  job::Given given;
  for (const auto& setting : job::run_settings()) {
    const auto name = setting.name == "input" ? std::string("input") : "--" + std::string(setting.name);
    const auto* option = command.get_option_no_throw(name);
    if (!option || option->count() == 0) continue;
    const bool is_on = setting.takes.empty();
    if (is_on && !option->as<bool>()) continue;
    for (const auto& value : is_on ? std::vector<std::string>{""} : option->results()) {
      given.emplace_back(setting.name, value);
    }
  }
  return given;
}

}  // namespace headway::cli
