#include "run.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <utility>

#include <fmt/format.h>

#include <headway/error.hpp>

#include "command.hpp"
#include "job/report/say.hpp"
#include "job/run/run_file.hpp"
#include "run_flags.hpp"

namespace headway::cli {
namespace {

/// What ends a run under way is in its ending: who throws has sent nothing.
job::RunEnding run(const job::RunSetup& setup) try { return job::run_file(setup); } catch (const Error&) {
  throw;
} catch (const std::exception& error) {
  throw Error(ErrorKind::configuration, fmt::format("the run cannot start: {}", error.what()));
}

/// All answers of the run, those of earlier starts too: what is written to has begun anew with this one.
void write_answers(const std::filesystem::path& output) {
  std::ifstream file(output, std::ios::binary);
  std::array<char, std::size_t{64} << 10> piece;
  while (file.read(piece.data(), piece.size()), file.gcount() > 0) {
    const auto size = static_cast<std::size_t>(file.gcount());
    if (std::fwrite(piece.data(), 1, size, stdout) != size) break;
  }
  if (file.bad() || std::fflush(stdout) != 0) {
    throw Error(ErrorKind::exception,
                fmt::format("standard output cannot be written; all answers are in {}", output.string()));
  }
}

ExitCode exit_code(job::RunOutcome outcome) {
  if (outcome == job::RunOutcome::stopped) return stopped;
  return outcome == job::RunOutcome::all_done ? all_done : call_failed;
}

/// Prints it, and gives the exit status.
int tell(const job::RunSetup& setup, const job::RunEnding& ending) {
  auto* const told = setup.output == "-" && !setup.dry_run ? stderr : stdout;
  if (told == stderr) write_answers(setup.options.output);
  if (setup.json && !ending.json.empty()) {
    std::fputs((ending.json + '\n').c_str(), told);
  } else if (!setup.quiet || setup.dry_run) {
    job::say(told, ending.text);
  }
  std::fflush(told);
  if (setup.quiet && !ending.reason.empty()) {
    job::say(stderr, fmt::format("headway: stopped: {}\n", ending.reason));
  }
  return exit_code(ending.outcome);
}

}  // namespace

job::Given flags_in(std::vector<std::string> arguments) {
  CLI::App command("", "headway run");
  add_run_flags(command, false);
  std::ranges::reverse(arguments);  // as CLI11 wants it
  command.parse(std::move(arguments));
  return given_flags(command);
}

int retry_with(job::Given given, std::set<std::string> kinds) {
  auto setup = job::run_setup(std::move(given));
  setup.options.retry_kinds = std::move(kinds);
  setup.options.on_changed = job::OnChanged::keep;
  setup.options.fresh = false;
  setup.pilot.reset();
  return tell(setup, run(setup));
}

void add_run(CLI::App& program) {
  auto* command = program.add_subcommand("run", "Run a file of prompts: a file of answers, resumed where it was");
  add_run_flags(*command, true);
  command->footer(
      "The same command again goes on where it was. The first SIGINT (Ctrl-C), SIGTERM or SIGHUP lets what is in "
      "flight end, a second gives it up.\nExit status: 0 all rows are done; 1 some have failed; 2 bad input or "
      "settings, nothing was sent; 3 stopped before its end, resumable.");
  command->callback([command] {
    const auto setup = job::run_setup(given_flags(*command));
    if (const auto status = tell(setup, run(setup)); status != all_done) {
      throw CLI::RuntimeError(status);
    }
  });
}

}  // namespace headway::cli
