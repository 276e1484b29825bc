#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

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

SavedRun saved_run(const std::string& output, const job::RunStatus& status) try {
  const auto settings = boost::json::parse(status.run_settings);
  SavedRun run;
  run.directory = boost::json::value_to<std::string>(settings.at("directory"));
  run.arguments = boost::json::value_to<std::vector<std::string>>(settings.at("arguments"));
  return run;
} catch (const boost::system::system_error&) {
  throw Error(
      ErrorKind::configuration,
      fmt::format("the journal of {} does not say how the run was started: run the same command again first", output));
}

// The page of the whole run is not for a retry to replace.
void drop_report(std::vector<std::string>& arguments) {
  constexpr std::string_view flag = "--report";
  for (auto at = arguments.begin(); at != arguments.end();) {
    const bool with_value = at->starts_with("--report=");
    const bool alone = *at == flag && at + 1 != arguments.end();
    at = with_value || alone ? arguments.erase(at, at + (alone ? 2 : 1)) : at + 1;
  }
}

// With a name that is mistyped nothing would be sent, and nothing said.
void check_kinds(const std::string& output, const job::RunStatus& status, const std::vector<std::string>& kinds) {
  const auto& failed = status.failed_by_kind;
  const auto is_there = [&](const std::string& kind) { return failed.contains(kind); };
  if (kinds.empty() || failed.empty() || std::ranges::any_of(kinds, is_there)) return;
  std::vector<std::string> there;
  for (const auto& [kind, rows] : failed) there.push_back(fmt::format("{} ({})", kind, rows));
  throw Error(ErrorKind::configuration, fmt::format("no row of {} failed as {}: --kind takes {}", output,
                                                    fmt::join(kinds, " or "), fmt::join(there, ", ")));
}

int retry(const std::string& output, const std::vector<std::string>& kinds, const std::vector<std::string>& other) {
  const auto status = job::read_status(job::StorePaths(output));
  check_kinds(output, status, kinds);
  auto run = saved_run(output, status);
  drop_report(run.arguments);
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
  command->add_option("output", flags->output, "The run's output, e.g. results.jsonl")->type_name("FILE")->required();
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
