#include "run.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "config/environment.hpp"
#include "config/price_table.hpp"
#include "job/input/head.hpp"
#include "job/input/spool.hpp"
#include "job/report/figures_json.hpp"
#include "job/report/human.hpp"
#include "job/report/report_page.hpp"
#include "job/report/report_text.hpp"
#include "job/run/prepare.hpp"
#include "job/store/journal_view.hpp"
#include "job/store/lock.hpp"
#include "run_flags.hpp"
#include "run_view.hpp"

namespace headway::cli {
namespace {

/// The environment's model is for rows that name none.
void complete_model(job::RunOptions& options) {
  if (!options.input.model.empty()) return;
  if (job::read_head(options.input).format == job::InputFormat::batch) return;
  options.input.model = config::model_or_environment("", "");
}

// A retry has the copy of the run's: what comes to it now is not meant for it.
void read_standard_input(const job::RunOptions& options) {
  if (!options.standard_input || options.retry_kinds) return;
  const job::StorePaths paths(options.output);
  if (job::is_locked(paths.lock)) const job::Lock told_by_whom(paths.lock);  // its copy is not touched
  job::spool(STDIN_FILENO, options.input.path);
}

/// A dry run leaves nothing behind, and the copy of a real run alone.
class DryInput {
 public:
  explicit DryInput(job::RunOptions& options) {
    if (!options.standard_input) return;
    path_ = options.input.path;
    path_ += ".dry-run";
    options.input.path = path_;
    job::spool(STDIN_FILENO, path_);
  }
  DryInput(const DryInput&) = delete;
  DryInput& operator=(const DryInput&) = delete;
  ~DryInput() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove(path_, ignored);
  }

 private:
  std::filesystem::path path_;
};

std::optional<Prices> prices_of(const job::RunOptions& options) {
  const auto& client = options.client;
  if (client.endpoints.empty()) return config::prices_of(client.prices, options.input.model);
  const auto& first = client.endpoints.front();
  return config::prices_of(first.prices, first.model.empty() ? options.input.model : first.model);
}

void print_request(const job::Row& row) {
  fmt::print("line {} ({}): POST {}\n{}\n\n", row.line, row.custom_id, row.path, row.body);
}

int dry_run(job::RunOptions options, Progress progress) {
  const DryInput input(options);
  complete_model(options);
  RunView view(progress);
  const auto check = job::check_input(options.input, [&](std::uint64_t rows) { view.reading(rows); });
  view.checked({});
  job::refuse_bad_rows(options, check);
  for (const auto& row : check.first_rows) print_request(row);
  job::ByteEstimate estimate;
  job::RowReader reader(options.input, check.whole);
  while (const auto entry = reader.next()) {
    if (const auto* row = std::get_if<job::Row>(&*entry)) estimate.add(row->prompt_bytes, options.input.max_tokens);
  }
  const auto prices = prices_of(options);
  if (check.bad_rows > 0) fmt::print("{} cannot be sent\n", job::counted(check.bad_rows, "row"));
  fmt::print("{}", estimate.text(prices ? std::optional<Price>(prices->standard) : std::nullopt));
  return all_done;
}

void check_budget(const job::RunOptions& options) {
  const bool rows_name_models = options.input.model.empty();
  if (options.budget_dollars <= 0 || rows_name_models || prices_of(options)) return;
  throw Error(
      ErrorKind::configuration,
      fmt::format("a --budget in dollars needs the price of {}: give --price-in and --price-out, or --prices FILE; or "
                  "give a budget in tokens, e.g. --budget 5Mtok",
                  options.input.model));
}

std::string hour_in(double seconds) {
  const auto then = std::time(nullptr) + static_cast<std::time_t>(seconds);
  return fmt::format("{:%a %H:%M}", fmt::localtime(then));
}

/// Whether to go on after a pilot.
bool asks_to_go_on(const RunFlags& flags) {
  if (flags.yes) return true;
  if (isatty(STDIN_FILENO) != 1) {
    throw Error(ErrorKind::configuration,
                "the pilot is done. To go on, run the same command with --yes, or without --pilot");
  }
  fmt::print(stderr, "Go on? [y/N] ");
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

void write_page(const std::string& path, const job::RunResult& result) {
  std::ofstream page(path, std::ios::binary);
  page << job::report_page(result.figures, result.facts);
  if (!page.flush()) throw Error(ErrorKind::exception, fmt::format("the report {} cannot be written", path));
}

/// What cannot be told changes nothing of how the run ended.
void print_report(const RunFlags& flags, const job::RunResult& result) {
  std::string text;
  if (flags.json) {
    text = job::report_json(result.figures, result.facts) + '\n';
  } else if (flags.progress != Progress::none) {
    text = job::report_text(result.figures, result.facts);
  }
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
  try {
    if (!flags.report.empty()) write_page(flags.report, result);
  } catch (const Error& error) {
    std::fputs(fmt::format("headway: {}\n", error.what()).c_str(), stderr);
  }
}

int tell(const RunFlags& flags, const job::RunResult& result) {
  print_report(flags, result);
  if (result.facts.end != job::RunEnd::finished) {
    if (flags.progress == Progress::none && !result.facts.reason.empty()) {
      std::fputs(fmt::format("headway: stopped: {}\n", result.facts.reason).c_str(), stderr);
    }
    return stopped;
  }
  const auto status = job::read_status(job::StorePaths(flags.output));
  const auto count = [&](job::RowState state) {
    const auto found = status.by_state.find(state);
    return found == status.by_state.end() ? 0 : found->second;
  };
  return count(job::RowState::failed) + count(job::RowState::invalid) > 0 ? call_failed : all_done;
}

/// Gives whether all rows are to be run now.
bool run_pilot(const RunFlags& flags, job::RunOptions options) {
  RunView counting(flags.progress);
  const auto rows = job::count_rows(options.input, [&](std::uint64_t so_far) { counting.reading(so_far); });
  counting.checked({});
  RunView view(flags.progress, rows);
  options.input.sample = flags.pilot;
  const auto result = job::run_job(options, view);
  if (result.facts.end != job::RunEnd::finished) return tell(flags, result) == all_done;
  const auto& projection = view.projection();
  if (projection.measured() == 0 && result.figures.attempts() == 0) return true;  // an earlier start has done it
  if (result.figures.rows().done == 0) {
    tell(flags, result);
    fmt::print(stderr, "headway: no row of the pilot gave an answer that can be used: the rest was not sent\n");
    return false;
  }
  const auto rate = static_cast<double>(projection.measured()) / result.figures.wall().count();
  fmt::print(stderr, "{}", projection.text(result.facts.priced, rate, hour_in));
  return asks_to_go_on(flags);
}

int run(const RunFlags& flags, job::RunOptions options) {
  if (flags.dry_run) return dry_run(std::move(options), flags.progress);
  read_standard_input(options);
  complete_model(options);
  check_budget(options);
  if (flags.pilot) {
    if (!run_pilot(flags, options)) return stopped;
    options.fresh = false;
  }
  RunView view(flags.progress);
  return tell(flags, job::run_job(options, view));
}

}  // namespace

int retry_with(const std::vector<std::string>& arguments, std::set<std::string> kinds) {
  CLI::App command("", "headway run");
  RunFlags flags;
  add_run_flags(command, flags);
  for (auto* option : command.get_options()) {
    if (option->get_items_expected_max() == 1) option->take_last();  // what is typed now wins
  }
  auto reversed = arguments;
  std::ranges::reverse(reversed);  // as CLI11 wants it
  command.parse(reversed);
  auto options = run_options(flags, arguments);
  options.retry_kinds = std::move(kinds);
  options.on_changed = job::OnChanged::keep;
  options.fresh = false;
  flags.pilot.reset();
  return run(flags, std::move(options));
}

void add_run(CLI::App& program, const std::vector<std::string>& arguments) {
  auto* command = program.add_subcommand("run", "Run a file of prompts: a file of answers, resumed where it was");
  const auto flags = std::make_shared<RunFlags>();
  add_run_flags(*command, *flags);
  command->footer(
      "The same command again goes on where it was. The first SIGINT (Ctrl-C) or SIGTERM lets what is in flight end, a "
      "second gives it up.\nExit status: 0 all rows are done; 1 some have failed; 2 bad input or settings, nothing was "
      "sent; 3 stopped before its end, resumable.");
  command->callback([flags, arguments] {
    if (const auto status = run(*flags, run_options(*flags, arguments)); status != all_done) {
      throw CLI::RuntimeError(status);
    }
  });
}

}  // namespace headway::cli
