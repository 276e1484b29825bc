#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <headway/error.hpp>

#include "command.hpp"
#include "job/store/journal_view.hpp"
#include "run.hpp"
#include "saved_run.hpp"

namespace headway::cli {
namespace {

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
  auto run = saved_run(output, status.run_settings);
  check_endpoint_is_named(output, run, other);
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
      "Settings are those of the run; flags of 'headway run' that follow are set besides, e.g. --max-tokens 500. The "
      "endpoint is the environment's, or what --base-url or --config says now.");
  command->callback([flags, command] {
    if (const auto status = retry(flags->output, flags->kinds, command->remaining()); status != all_done) {
      throw CLI::RuntimeError(status);
    }
  });
}

}  // namespace headway::cli
