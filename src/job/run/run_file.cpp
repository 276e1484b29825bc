#include "job/run/run_file.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "config/environment.hpp"
#include "config/price_table.hpp"
#include "config/provider.hpp"
#include "job/input/head.hpp"
#include "job/input/spool.hpp"
#include "job/report/figures_json.hpp"
#include "job/report/human.hpp"
#include "job/report/report_page.hpp"
#include "job/report/report_text.hpp"
#include "job/report/say.hpp"
#include "job/run/prepare.hpp"
#include "job/run/run_view.hpp"
#include "job/store/journal_view.hpp"
#include "job/store/lock.hpp"

namespace headway::job {
namespace {

/// The environment's model is for rows that name none.
void complete_model(RunOptions& options) {
  if (!options.input.model.empty()) return;
  if (read_head(options.input).format == InputFormat::batch) return;
  options.input.default_model = config::model_or_environment("", "");
}

/// A provider that stands before the model's name is its endpoint's.
void complete_provider(const RunSetup& setup, RunOptions& options) {
  auto& model = options.input.model.empty() ? options.input.default_model : options.input.model;
  take_provider(model, options.client, setup.config);
}

/// Empty: the rows say it.
const std::string& model_of(const InputSettings& input) {
  return input.model.empty() ? input.default_model : input.model;
}

/// A CSV file's header names each column: "*" is those of the input (of JSON Lines: of the first 100).
void complete_columns(RunOptions& options) {
  auto& columns = options.form.columns;
  if (!options.form.csv || std::ranges::find(columns, "*") == columns.end()) return;
  columns = read_head(options.input).columns;
}

// A retry has the copy of the run's: what comes to it now is not meant for it.
void read_standard_input(const RunOptions& options) {
  if (!options.standard_input || options.retry_kinds) return;
  const StorePaths paths(options.output);
  if (is_locked(paths.lock)) const Lock told_by_whom(paths.lock);  // its copy is not touched
  spool(STDIN_FILENO, options.input.path);
}

/// A dry run leaves nothing behind, and the copy of a real run alone.
class DryInput {
 public:
  explicit DryInput(RunOptions& options) {
    if (!options.standard_input) return;
    path_ = options.input.path;
    path_ += ".dry-run";
    options.input.path = path_;
    spool(STDIN_FILENO, path_);
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

std::optional<Prices> prices_of(const RunOptions& options) {
  const auto client = priced_as_embeddings(options.client);
  const auto& model = model_of(options.input);
  if (client.endpoints.empty()) return config::prices_of(static_cast<const EndpointOptions&>(client), model);
  return config::prices_of(client.endpoints.front(), model);
}

std::string request_text(const Row& row) {
  return fmt::format("line {} ({}): POST {}\n{}\n\n", row.line, row.custom_id, row.path, row.body);
}

std::string dry_run(const RunSetup& setup, RunOptions options, RunView& view) {
  const DryInput input(options);
  complete_model(options);
  complete_provider(setup, options);
  const auto check = check_input(options.input, [&](std::uint64_t rows) { view.reading(rows); });
  view.checked({});
  refuse_bad_rows(options, check);
  refuse_half_a_price(options, check);
  if (const auto note = unused_note(check); !note.empty()) view.note(note);
  std::string text;
  for (const auto& row : check.first_rows) text += request_text(row);
  ByteEstimate estimate;
  RowReader reader(options.input, check.whole);
  while (const auto entry = reader.next()) {
    if (const auto* row = std::get_if<Row>(&*entry)) estimate.add(row->prompt_bytes, options.input.max_tokens);
  }
  const auto prices = prices_of(options);
  if (check.bad_rows > 0) text += fmt::format("{} cannot be sent\n", counted(check.bad_rows, "row"));
  return text + estimate.text(prices);
}

void check_budget(const RunOptions& options) {
  const bool rows_name_models = model_of(options.input).empty();
  if (options.budget_dollars <= 0 || rows_name_models || options.priced) return;
  throw Error(
      ErrorKind::configuration,
      fmt::format("a --budget in dollars needs the price of {}: give --price-in and --price-out, or --prices FILE; or "
                  "give a budget in tokens, e.g. --budget 5Mtok",
                  model_of(options.input)));
}

std::string hour_from_now(double seconds) {
  const auto then = std::time(nullptr) + static_cast<std::time_t>(seconds);
  return fmt::format("{:%a %H:%M}", fmt::localtime(then));
}

/// Whether to go on after a pilot. Without a terminal there is nobody to ask.
bool asks_to_go_on(const RunSetup& setup) {
  if (setup.yes) return true;
  if (isatty(STDIN_FILENO) != 1) return false;
  fmt::print(stderr, "Go on? [y/N] ");
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

void write_page(const std::string& path, const std::string& page) {
  std::ofstream file(path, std::ios::binary);
  file << page;
  if (!file.flush()) throw Error(ErrorKind::exception, fmt::format("the report {} cannot be written", path));
}

/// What cannot be told changes nothing of how the run ended.
void try_page(const std::string& path, const std::string& page) try {
  if (!path.empty()) write_page(path, page);
} catch (const Error& error) {
  say(stderr, fmt::format("headway: {}\n", error.what()));
}

RunOutcome how_it_ended(const RunResult& result) try {
  if (result.facts.end != RunEnd::finished) return RunOutcome::stopped;
  const auto status = read_status(StorePaths(result.facts.output));
  const auto count = [&](RowState state) {
    const auto found = status.by_state.find(state);
    return found == status.by_state.end() ? 0 : found->second;
  };
  return count(RowState::failed) + count(RowState::invalid) > 0 ? RunOutcome::some_failed : RunOutcome::all_done;
} catch (const Error& error) {  // all that was to be sent was sent, so it is no wrong setting
  say(stderr, fmt::format("headway: {}\n", error.what()));
  return RunOutcome::some_failed;
}

RunEnding ending_of(const RunSetup& setup, const RunResult& result) {
  RunEnding ending;
  ending.page = report_page(result.figures, result.facts);
  try_page(setup.report, ending.page);
  ending.outcome = how_it_ended(result);
  ending.signal = result.facts.signal;
  ending.reason = result.facts.reason;
  ending.text = report_text(result.figures, result.facts);
  ending.json = report_json(result.figures, result.facts);
  return ending;
}

/// A pilot may be too short to be held back by anything: then more rows at once might be no slower.
PilotSpeed speed_of(const RunFigures& pilot, const Projection& projection, const RunOptions& options) {
  PilotSpeed speed;
  speed.own = static_cast<double>(projection.measured()) / pilot.wall().count();
  const bool all_at_once = 2 * pilot.peak_in_flight() >= projection.measured();
  const auto in_flight = all_at_once ? most_in_flight(options) : pilot.peak_in_flight();
  const auto latency = std::chrono::duration<double>(pilot.latency().percentile(50)).count();
  if (latency > 0) speed.best = static_cast<double>(in_flight) / latency;
  const auto allowed = pilot.stats().requests_per_minute_allowed / 60;
  if (allowed > 0) speed.best = std::min(speed.best, allowed);
  return speed;
}

RunEnding stopped_after_pilot(const RunSetup& setup, RunResult result, std::string why) {
  result.facts.end = RunEnd::stopped;
  result.facts.reason = std::move(why);
  result.facts.next = "the same command with --yes, or without --pilot, sends the rest";
  return ending_of(setup, result);
}

/// None: all rows are to be run now.
std::optional<RunEnding> run_pilot(const RunSetup& setup, RunOptions options, RunObserver* observer) {
  RunView counting(setup.progress, 0, observer);
  const auto rows = count_rows(options.input, [&](std::uint64_t so_far) { counting.reading(so_far); });
  counting.checked({});
  RunView view(setup.progress, rows, observer);
  options.input.sample = setup.pilot;
  options.pilot_of = rows;
  auto result = run_job(options, view);
  if (result.facts.end != RunEnd::finished) return ending_of(setup, result);
  const auto& projection = view.projection();
  if (projection.measured() == 0 && result.figures.attempts() == 0) return {};  // an earlier start has done it
  if (result.figures.rows().done == 0) {
    return stopped_after_pilot(setup, std::move(result), "no row of the pilot gave an answer that can be used");
  }
  if (setup.progress != Progress::none || !setup.yes) {
    say(stderr, projection.text(result.figures.cost_is_known(result.facts.priced),
                                speed_of(result.figures, projection, options), hour_from_now));
  }
  if (asks_to_go_on(setup)) return {};
  return stopped_after_pilot(setup, std::move(result), "the pilot is done");
}

}  // namespace

RunEnding run_file(const RunSetup& setup, RunObserver* observer) {
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
  return ending_of(setup, run_job(options, view));
}

RunOptions options_of_rows(Given given, bool rows_name_models) {
  const auto setup = run_setup(std::move(given));
  auto options = setup.options;
  options.input.name = "the table";
  if (options.input.model.empty() && !rows_name_models) {
    options.input.default_model = config::model_or_environment("", "");
  }
  complete_provider(setup, options);
  return options;
}

void take_provider(std::string& model, ClientOptions& client, const std::string& file) {
  std::string_view name = model;
  const auto provider = config::take_provider(name);
  if (provider.empty()) return;
  if (!client.endpoints.empty()) {
    throw Error(ErrorKind::configuration,
                fmt::format("{} says an endpoint's provider, and so does {}: name the model alone", model, file));
  }
  client.provider = provider;
  model = std::string(name);
}

}  // namespace headway::job
