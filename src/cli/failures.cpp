#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <fmt/format.h>

#include <headway/error.hpp>

#include "command.hpp"
#include "job/report/failures.hpp"
#include "job/report/say.hpp"
#include "job/store/journal_view.hpp"
#include "job/store/paths.hpp"

namespace headway::cli {
namespace {

job::Failures read_failures(const job::StorePaths& paths) {
  // Of a journal that is damaged it is not known what else has failed.
  if (std::filesystem::exists(paths.journal)) job::read_status(paths);
  job::Failures failures;
  std::ifstream file(paths.errors, std::ios::binary);
  std::error_code none;
  if (!file.is_open() && !std::filesystem::exists(paths.journal, none)) {
    throw Error(ErrorKind::configuration,
                std::filesystem::exists(paths.results, none)
                    ? fmt::format("{} is no output of a run: neither {} nor {} is there", paths.results.string(),
                                  paths.errors.filename().string(), paths.journal.filename().string())
                    : fmt::format("{} is not there: no run has written it", paths.results.string()));
  }
  for (std::string line; std::getline(file, line);) failures.add_line(line);
  if (file.bad()) throw Error(ErrorKind::configuration, fmt::format("{} cannot be read", paths.errors.string()));
  return failures;
}

}  // namespace

void add_failures(CLI::App& program) {
  auto* command =
      program.add_subcommand("failures", "The failed rows of a run in groups, with examples and what to do");
  const auto flags = std::make_shared<LookFlags>();
  add_look(*command, *flags);
  command->callback([flags] {
    const auto failures = read_failures(job::StorePaths(flags->output));
    if (flags->json) {
      fmt::print("{}\n", failures.json());
    } else {
      job::say(stdout, failures.rows() > 0 ? failures.text() : "no row has failed\n");
    }
  });
}

}  // namespace headway::cli
