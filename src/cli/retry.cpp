#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <headway/error.hpp>

#include "command.hpp"
#include "config/environment.hpp"
#include "job/run/saved_run.hpp"
#include "job/store/journal_view.hpp"
#include "run.hpp"

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

std::string_view without_slash(std::string_view url) {
  while (url.ends_with('/')) url.remove_suffix(1);
  return url;
}

// A journal may be another's, and keys are not sent where it says.
void check_endpoint_is_named(const std::string& output, const job::SavedRun& run, const job::Given& typed) {
  const auto names_endpoint = [](const auto& said) { return said.first == "base-url" || said.first == "config"; };
  if (std::ranges::any_of(typed, names_endpoint)) return;
  if (!run.config.empty()) {
    throw Error(
        ErrorKind::configuration,
        fmt::format("the run had its endpoints from {}: say so again, since a journal may be another's: headway "
                    "retry {} --config {}",
                    run.config, output, run.config));
  }
  const auto environment = config::with_environment(EndpointOptions());
  if (run.base_url.empty() || without_slash(run.base_url) == without_slash(environment.base_url)) return;
  throw Error(
      ErrorKind::configuration,
      fmt::format("the run asked {}, and the environment says {}: name the one that is meant, since a journal may "
                  "be another's: headway retry {} --base-url {}",
                  run.base_url, environment.base_url, output, run.base_url));
}

int retry(const std::string& output, const std::vector<std::string>& kinds, const std::vector<std::string>& other) {
  const auto status = job::read_status(job::StorePaths(output));
  check_kinds(output, status, kinds);
  auto run = job::saved_run(output, status.run_settings);
  const auto typed = flags_in(other);
  check_endpoint_is_named(output, run, typed);
  run.given.insert(run.given.end(), typed.begin(), typed.end());                 // what is typed now wins
  run.given.emplace_back("output", std::filesystem::absolute(output).string());  // it may have moved
  std::filesystem::current_path(run.directory);                                  // paths in the settings start there
  return retry_with(std::move(run.given), {kinds.begin(), kinds.end()});
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
