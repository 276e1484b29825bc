#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>
#include <headway/error.hpp>

#include "command.hpp"
#include "job/store/journal_view.hpp"
#include "run.hpp"

namespace headway::cli {
namespace {

struct SavedRun {
  std::string directory;
  std::vector<std::string> arguments;
};

SavedRun saved_run(const std::string& output) try {
  const auto settings = boost::json::parse(job::read_status(job::StorePaths(output)).run_settings);
  SavedRun run;
  run.directory = boost::json::value_to<std::string>(settings.at("directory"));
  run.arguments = boost::json::value_to<std::vector<std::string>>(settings.at("arguments"));
  return run;
} catch (const boost::system::system_error&) {
  throw Error(
      ErrorKind::configuration,
      fmt::format("the journal of {} does not say how the run was started: run the same command again first", output));
}

int retry(const std::string& output, const std::vector<std::string>& kinds, const std::vector<std::string>& other) {
  auto run = saved_run(output);
  run.arguments.insert(run.arguments.end(), other.begin(), other.end());
  run.arguments.insert(run.arguments.end(), {"-o", std::filesystem::absolute(output).string()});  // it may have moved
  std::filesystem::current_path(run.directory);  // paths in the arguments start there
  return retry_with(run.arguments, {kinds.begin(), kinds.end()});
}

}  // namespace

void add_retry(CLI::App& program) {
  auto* command = program.add_subcommand("retry", "Send the failed rows of a run once more");
  struct Flags {
    std::string output;
    std::vector<std::string> kinds;
  };
  const auto flags = std::make_shared<Flags>();
  command->add_option("output", flags->output, "The run's output, e.g. results.jsonl")->required();
  command->add_option("--kind", flags->kinds, "Only rows that failed so, e.g. timeout; see 'headway failures'")
      ->delimiter(',');
  command->allow_extras();
  command->footer(
      "Settings are those of the run; flags of 'headway run' that follow are set besides, e.g. --max-tokens 500.");
  command->callback([flags, command] {
    if (const auto status = retry(flags->output, flags->kinds, command->remaining()); status != all_done) {
      throw CLI::RuntimeError(status);
    }
  });
}

}  // namespace headway::cli
