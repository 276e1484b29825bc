#include "run.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/file_limit.hpp"
#include "config/environment.hpp"
#include "config/price_table.hpp"
#include "job/input/head.hpp"
#include "job/input/spool.hpp"
#include "job/report/figures_json.hpp"
#include "job/report/human.hpp"
#include "job/report/report_page.hpp"
#include "job/report/report_text.hpp"
#include "job/run/prepare.hpp"
#include "job/run/run_setup.hpp"
#include "job/store/journal_view.hpp"
#include "job/store/lock.hpp"
#include "run_flags.hpp"
#include "run_view.hpp"
#include "say.hpp"

namespace headway::cli {
namespace {

/// The environment's model is for rows that name none.
void complete_model(job::RunOptions& options) {
  if (!options.input.model.empty()) return;
  if (job::read_head(options.input).format == job::InputFormat::batch) return;
  options.input.default_model = config::model_or_environment("", "");
}

/// A provider that stands before the model's name is its endpoint's.
void complete_provider(const job::RunSetup& setup, job::RunOptions& options) {
  auto& model = options.input.model.empty() ? options.input.default_model : options.input.model;
  take_provider(model, options.client, setup.config);
}

/// Empty: the rows say it.
const std::string& model_of(const job::InputSettings& input) {
  return input.model.empty() ? input.default_model : input.model;
}

/// A CSV file's header names each column: "*" is those of the input (of JSON Lines: of the first 100).
void complete_columns(job::RunOptions& options) {
  auto& columns = options.form.columns;
  if (!options.form.csv || std::ranges::find(columns, "*") == columns.end()) return;
  columns = job::read_head(options.input).columns;
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
  const auto client = job::priced_as_embeddings(options.client);
  const auto& model = model_of(options.input);
  if (client.endpoints.empty()) return config::prices_of(static_cast<const EndpointOptions&>(client), model);
  return config::prices_of(client.endpoints.front(), model);
}

std::string request_text(const job::Row& row) {
  return fmt::format("line {} ({}): POST {}\n{}\n\n", row.line, row.custom_id, row.path, row.body);
}

std::string dry_run(const job::RunSetup& setup, job::RunOptions options, RunView& view) {
  const DryInput input(options);
  complete_model(options);
  complete_provider(setup, options);
  const auto check = job::check_input(options.input, [&](std::uint64_t rows) { view.reading(rows); });
  view.checked({});
  job::refuse_bad_rows(options, check);
  job::refuse_half_a_price(options, check);
  if (const auto note = job::unused_note(check); !note.empty()) view.note(note);
  std::string text;
  for (const auto& row : check.first_rows) text += request_text(row);
  job::ByteEstimate estimate;
  job::RowReader reader(options.input, check.whole);
  while (const auto entry = reader.next()) {
    if (const auto* row = std::get_if<job::Row>(&*entry)) estimate.add(row->prompt_bytes, options.input.max_tokens);
  }
  const auto prices = prices_of(options);
  if (check.bad_rows > 0) text += fmt::format("{} cannot be sent\n", job::counted(check.bad_rows, "row"));
  return text + estimate.text(prices);
}

void check_budget(const job::RunOptions& options) {
  const bool rows_name_models = model_of(options.input).empty();
  if (options.budget_dollars <= 0 || rows_name_models || options.priced) return;
  throw Error(
      ErrorKind::configuration,
      fmt::format("a --budget in dollars needs the price of {}: give --price-in and --price-out, or --prices FILE; or "
                  "give a budget in tokens, e.g. --budget 5Mtok",
                  model_of(options.input)));
}

std::string hour_in(double seconds) {
  const auto then = std::time(nullptr) + static_cast<std::time_t>(seconds);
  return fmt::format("{:%a %H:%M}", fmt::localtime(then));
}

/// Whether to go on after a pilot. Without a terminal there is nobody to ask.
bool asks_to_go_on(const job::RunSetup& setup) {
  if (setup.yes) return true;
  if (isatty(STDIN_FILENO) != 1) return false;
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
void try_page(const std::string& path, const job::RunResult& result) try {
  if (!path.empty()) write_page(path, result);
} catch (const Error& error) {
  say(stderr, fmt::format("headway: {}\n", error.what()));
}

ExitCode status_of(const job::RunResult& result) try {
  if (result.facts.end != job::RunEnd::finished) return stopped;
  const auto status = job::read_status(job::StorePaths(result.facts.output));
  const auto count = [&](job::RowState state) {
    const auto found = status.by_state.find(state);
    return found == status.by_state.end() ? 0 : found->second;
  };
  return count(job::RowState::failed) + count(job::RowState::invalid) > 0 ? call_failed : all_done;
} catch (const Error& error) {  // all that was to be sent was sent, so it is no wrong setting
  say(stderr, fmt::format("headway: {}\n", error.what()));
  return call_failed;
}

RunEnding ending_of(const job::RunSetup& setup, const job::RunResult& result) {
  try_page(setup.report, result);
  RunEnding ending;
  ending.status = status_of(result);
  ending.signal = result.facts.signal;
  ending.reason = result.facts.reason;
  ending.text = job::report_text(result.figures, result.facts);
  ending.json = job::report_json(result.figures, result.facts);
  ending.page = job::report_page(result.figures, result.facts);
  return ending;
}

/// A pilot may be too short to be held back by anything: then more rows at once might be no slower.
job::PilotSpeed speed_of(const job::RunFigures& pilot, const job::Projection& projection,
                         const job::RunOptions& options) {
  job::PilotSpeed speed;
  speed.own = static_cast<double>(projection.measured()) / pilot.wall().count();
  const bool all_at_once = 2 * pilot.peak_in_flight() >= projection.measured();
  const auto in_flight = all_at_once ? job::most_in_flight(options) : pilot.peak_in_flight();
  const auto latency = std::chrono::duration<double>(pilot.latency().percentile(50)).count();
  if (latency > 0) speed.best = static_cast<double>(in_flight) / latency;
  const auto allowed = pilot.stats().requests_per_minute_allowed / 60;
  if (allowed > 0) speed.best = std::min(speed.best, allowed);
  return speed;
}

RunEnding stopped_after_pilot(const job::RunSetup& setup, job::RunResult result, std::string why) {
  result.facts.end = job::RunEnd::stopped;
  result.facts.reason = std::move(why);
  result.facts.next = "the same command with --yes, or without --pilot, sends the rest";
  return ending_of(setup, result);
}

/// None: all rows are to be run now.
std::optional<RunEnding> run_pilot(const job::RunSetup& setup, job::RunOptions options, job::RunObserver* observer) {
  RunView counting(setup.progress, 0, observer);
  const auto rows = job::count_rows(options.input, [&](std::uint64_t so_far) { counting.reading(so_far); });
  counting.checked({});
  RunView view(setup.progress, rows, observer);
  options.input.sample = setup.pilot;
  options.pilot_of = rows;
  auto result = job::run_job(options, view);
  if (result.facts.end != job::RunEnd::finished) return ending_of(setup, result);
  const auto& projection = view.projection();
  if (projection.measured() == 0 && result.figures.attempts() == 0) return {};  // an earlier start has done it
  if (result.figures.rows().done == 0) {
    return stopped_after_pilot(setup, std::move(result), "no row of the pilot gave an answer that can be used");
  }
  if (setup.progress != job::Progress::none || !setup.yes) {
    say(stderr, projection.text(result.figures.cost_is_known(result.facts.priced),
                                speed_of(result.figures, projection, options), hour_in));
  }
  if (asks_to_go_on(setup)) return {};
  return stopped_after_pilot(setup, std::move(result), "the pilot is done");
}

/// `observer`: null if nobody but the view looks on.
RunEnding run(const job::RunSetup& setup, job::RunObserver* observer = nullptr) {
  auto options = setup.options;
  RunView view(setup.progress, 0, observer);
  if (setup.dry_run) {
    RunEnding ending;
    ending.text = dry_run(setup, std::move(options), view);
    return ending;
  }
  read_standard_input(options);
  complete_model(options);
  complete_provider(setup, options);
  complete_columns(options);
  options.priced = prices_of(options).has_value();
  check_budget(options);
  if (setup.pilot) {
    if (auto ending = run_pilot(setup, options, observer)) return *std::move(ending);
    options.fresh = false;
  }
  return ending_of(setup, job::run_job(options, view));
}

/// What ends a run under way is in its ending: who throws has sent nothing.
template <class Begin>
RunEnding started(Begin begin) try {
  return begin();
} catch (const Error&) {
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

/// Prints it, and gives the exit status.
int tell(const job::RunSetup& setup, const RunEnding& ending) {
  auto* const told = setup.output == "-" && !setup.dry_run ? stderr : stdout;
  if (told == stderr) write_answers(setup.options.output);
  if (setup.json && !ending.json.empty()) {
    std::fputs((ending.json + '\n').c_str(), told);
  } else if (!setup.quiet || setup.dry_run) {
    say(told, ending.text);
  }
  std::fflush(told);
  if (setup.quiet && !ending.reason.empty()) {
    say(stderr, fmt::format("headway: stopped: {}\n", ending.reason));
  }
  return ending.status;
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
  return tell(setup, started([&] { return run(setup); }));
}

RunEnding run_file(job::Given given, job::RunObserver& observer) {
  raise_file_limit();
  return run(job::run_setup(std::move(given)), &observer);
}

job::RunOptions options_of_rows(job::Given given, bool rows_name_models) {
  raise_file_limit();
  const auto setup = job::run_setup(std::move(given));
  auto options = setup.options;
  options.input.name = "the table";
  if (options.input.model.empty() && !rows_name_models) {
    options.input.default_model = config::model_or_environment("", "");
  }
  complete_provider(setup, options);
  return options;
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
    if (const auto status = tell(setup, started([&] { return run(setup); })); status != all_done) {
      throw CLI::RuntimeError(status);
    }
  });
}

}  // namespace headway::cli
