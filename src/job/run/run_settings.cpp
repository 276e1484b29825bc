// To add a setting: give it a field in RunOptions (or RunSetup), and a line here: name, what it takes, where it goes, what
// it does. The flag, its checks, help, man page and completions, Python's keyword and the journal's copy come from that;
// its type in Python stands in python/headway/settings.py.
#include "job/run/run_settings.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <headway/config.hpp>

#include "job/answer/expectation.hpp"
#include "job/run/quantity.hpp"
#include "job/run/run_setup.hpp"

namespace headway::job {
namespace {

using Run = RunSetup;
using Text = std::string;

constexpr double no_bound = std::numeric_limits<double>::infinity();

/// "@@text" is the text "@text".
std::string without_escape(const std::string& value) {
  return value.starts_with("@@") ? value.substr(1) : value;
}

template <class Change>
void change_endpoints(Run& run, Change change) {
  auto& client = run.options.client;
  if (client.endpoints.empty()) change(static_cast<EndpointOptions&>(client));
  for (auto& endpoint : client.endpoints) change(static_cast<EndpointOptions&>(endpoint));
}

void add_columns(Run& run, std::string_view names) {
  for (std::size_t end = 0; !names.empty(); names.remove_prefix(std::min(names.size(), end + 1))) {
    end = std::min(names.find(','), names.size());
    if (end > 0) run.options.input.columns.emplace_back(names.substr(0, end));
  }
}

void keep_input(Run& run) {
  run.options.input.keep_input = run.options.form.flat = true;
  run.options.input.columns = {"*"};
}

void add_choices(Run& run, const Text& names) {
  auto& choices = run.options.choices;
  const auto before = fmt::format("{}", fmt::join(choices, ","));
  choices = choices_of(before.empty() ? names : before + "," + names);
}

void set_in_flight(Run& run, std::size_t rows) {
  run.options.in_flight = rows;
  change_endpoints(run, [&](EndpointOptions& endpoint) {
    auto& most = endpoint.limits.max_concurrency;
    if (most == 0) most = rows;  // what the user says is where it begins
  });
  if (auto& most = run.options.client.max_connections; most && *most > 0) most = std::max(*most, rows);
}

void set_timeout(Run& run, double seconds) {
  run.options.timeout = std::chrono::ceil<std::chrono::milliseconds>(std::chrono::duration<double>(seconds));
}

void set_budget(Run& run, const Text& text) {
  const auto budget = budget_of(text);
  run.options.budget_dollars = budget.dollars;
  run.options.budget_tokens = budget.tokens;
}

std::vector<Setting> what_goes_in() {
  using Format = InputFormat;
  return {
      Setting::text(
          "input", "FILE", [](Run& run, const Text& file) { run.options.input.path = file; },
          "The rows: .jsonl (OpenAI Batch lines or objects), .csv, .tsv, .txt; .gz and .zst too; - for standard input")
          .reading(Reads::file)
          .not_kept(),
      Setting::choice<Format>(
          "input-format",
          {{"batch", Format::batch}, {"jsonl", Format::json_lines}, {"csv", Format::csv}, {"lines", Format::lines}},
          [](Run& run, auto format) { run.options.input.format = format; },
          "batch, jsonl, csv or lines, where the file's name does not tell"),
      Setting::on(
          "lines", [](Run& run) { run.options.input.format = Format::lines; },
          "A prompt a line; in --prompt it is {{line}}"),
      Setting::text(
          "delimiter", "CHAR", [](Run& run, const Text& name) { run.options.input.delimiter = delimiter_of(name); },
          "What stands between a CSV's fields: one character, or tab (default: as the file shows)"),
      Setting::text(
          "encoding", "TEXT", [](Run& run, const Text& name) { run.options.input.encoding = name; },
          "The input's encoding as iconv names it, e.g. cp932 (default: UTF-8)"),
      Setting::text(
          "prompt", "TEXT", [](Run& run, const Text& value) { run.options.input.prompt = without_escape(value); },
          "What each row asks, e.g. 'Summarise: {{text}}', or @file")
          .reading(Reads::text),
      Setting::text(
          "system", "TEXT", [](Run& run, const Text& value) { run.options.input.system = without_escape(value); },
          "The chat's system message, with columns as in --prompt, or @file")
          .reading(Reads::text),
      Setting::on(
          "completions", [](Run& run) { run.options.input.completions = true; },
          "Ask /v1/completions instead of /v1/chat/completions"),
      Setting::text(
          "id-column", "TEXT", [](Run& run, const Text& name) { run.options.input.id_column = name; },
          "The column that is the custom_id (default: custom_id, if there is one)"),
      Setting::text(
          "columns", "TEXT", [](Run& run, const Text& names) { add_columns(run, names); },
          "Columns that go along to the output, e.g. id,topic; * for all")
          .many(),
      Setting::on("keep-input", keep_input, "The input's columns stand beside the answer: no join is needed")
          .not_with({"columns"}),
      Setting::on(
          "skip-invalid", [](Run& run) { run.options.skip_invalid = true; }, "Record bad rows as failed, and go on"),
      Setting::number<std::uint64_t>(
          "limit", 1, 1e12, [](Run& run, auto rows) { run.options.input.limit = rows; }, "Only the first N rows"),
      Setting::number<std::uint64_t>(
          "sample", 1, 1e12, [](Run& run, auto rows) { run.options.input.sample = rows; }, "Only N rows at random"),
      Setting::number<std::uint64_t>(
          "sample-seed", 0, no_bound, [](Run& run, auto seed) { run.options.input.sample_seed = seed; },
          "The same seed takes the same rows (default: 0)"),
  };
}

std::vector<Setting> what_is_asked() {
  return {
      Setting::text(
          "model", "NAME", [](Run& run, const Text& name) { run.options.input.model = name; },
          "The model (default: HEADWAY_MODEL; for Batch lines, what they say)"),
      Setting::number<int>(
          "max-tokens", 1, 1e9, [](Run& run, int tokens) { run.options.input.max_tokens = tokens; },
          "Tokens of an answer at the most"),
      Setting::number<double>(
          "temperature", -no_bound, no_bound, [](Run& run, double value) { run.options.input.temperature = value; },
          "How freely it answers; unset: not sent"),
      Setting::text(
          "schema", "@FILE", [](Run& run, const Text& json) { run.options.input.schema = json; },
          "@schema.json: every row asks for JSON of this schema, and an answer that is not so is a failed row")
          .reading(Reads::text)
          .not_with({"expect", "choices"}),
      Setting::text(
          "choices", "A,B,...", add_choices,
          "Labels, e.g. good,bad,unsure: an answer that is none of them is a failed row; the report counts each")
          .many()
          .not_with({"schema"}),
      Setting::text(
          "set", "KEY=JSON", [](Run& run, const Text& field) { run.options.input.set.push_back(field); },
          "KEY=JSON or KEY=@file: sets any field of the request's body")
          .reading(Reads::field)
          .many(),
  };
}

std::vector<Setting> where_and_how_fast() {
  return {
      Setting::text(
          "base-url", "TEXT",
          [](Run& run, const Text& url) {
            if (!url.empty()) run.options.client.base_url = url;
          },
          "The endpoint, e.g. http://127.0.0.1:8080/v1 (default: OPENAI_BASE_URL)")
          .not_with({"config"})
          .not_kept(),
      Setting::text(
          "config", "FILE",
          [](Run& run, const Text& file) {
            if (!file.empty()) run.options.client = read_config(run.config = file);
          },
          "A headway.toml that says the endpoints")
          .reading(Reads::file)
          .not_with({"base-url"})
          .not_kept(),
      Setting::choice<HttpVersion>(
          "http", {{"auto", HttpVersion::automatic}, {"1.1", HttpVersion::http_1_1}, {"2", HttpVersion::http_2}},
          [](Run& run, auto version) { run.options.client.http = version; }, "auto, 1.1 or 2"),
      Setting::number<std::size_t>(
          "in-flight", 1, 1e7, set_in_flight,
          "Rows in flight at the most (default: 10000; fewer are sent if the provider takes fewer)"),
      Setting::number<double>(
          "rpm", 0.001, 1e12,
          [](Run& run, double rate) {
            change_endpoints(run, [&](auto& endpoint) { endpoint.limits.requests_per_minute = rate; });
          },
          "Requests a minute at the most"),
      Setting::number<double>(
          "tpm", 0.001, 1e12,
          [](Run& run, double rate) {
            change_endpoints(run, [&](auto& endpoint) { endpoint.limits.tokens_per_minute = rate; });
          },
          "Tokens a minute at the most"),
      Setting::number<double>(
          "price-in", 0, 1e5,
          [](Run& run, double price) { change_endpoints(run, [&](auto& endpoint) { endpoint.prices.in = price; }); },
          "US dollars for a million tokens of prompts"),
      Setting::number<double>(
          "price-out", 0, 1e5,
          [](Run& run, double price) { change_endpoints(run, [&](auto& endpoint) { endpoint.prices.out = price; }); },
          "The same of answers"),
      Setting::text(
          "prices", "FILE",
          [](Run& run, const Text& file) {
            if (!file.empty()) change_endpoints(run, [&](auto& endpoint) { endpoint.prices.file = file; });
          },
          "A price file in LiteLLM's format")
          .reading(Reads::file),
      Setting::number<double>("timeout", 0.001, 1e6, set_timeout,
                              "Seconds for one attempt, from its sending on (default: 600)"),
      Setting::number<int>(
          "max-retries", 0, 1000, [](Run& run, int times) { run.options.client.max_retries = times; },
          "Times that a failed call is sent again (default: 2)"),
  };
}

std::vector<Setting> what_comes_out() {
  return {
      Setting::text(
          "output", "FILE", [](Run& run, const Text& file) { run.output = file; },
          "The answers; the journal and the errors stand beside it; - for standard output, with --journal")
          .not_kept(),
      Setting::text(
          "journal", "NAME.journal", [](Run&, const Text&) {},  // it is a part of the output's name
          "With -o -: what keeps the run, e.g. run.journal; the answers are kept in run, the errors beside it")
          .not_kept(),
      Setting::choice<Select>(
          "select", {{"batch", Select::batch}, {"text", Select::text}, {"json", Select::json}, {"body", Select::body}},
          [](Run& run, auto select) { run.select = select; },
          "What a line holds: batch (default), text, json (the answer parsed) or body"),
      Setting::choice<bool>(
          "format", {{"jsonl", false}, {"csv", true}}, [](Run& run, bool csv) { run.options.form.csv = csv; },
          "jsonl or csv"),
      Setting::on(
          "ordered", [](Run& run) { run.options.ordered = true; }, "Lines in the input's order"),
      Setting::text(
          "expect", "text|json|@FILE", [](Run& run, const Text& what) { run.options.expect = what; },
          "text, json or @schema.json: an answer that is not so is a failed row")
          .reading(Reads::schema),
      Setting::number<int>(
          "answer-retries", 0, 100, [](Run& run, int times) { run.options.answer_retries = times; },
          "Times that such a row is sent again; each is billed"),
      Setting::choice<Durability>(
          "durability", {{"process", Durability::process}, {"power", Durability::power}},
          [](Run& run, auto what) { run.options.durability = what; },
          "process: done rows outlive a kill; power: a power cut too"),
      Setting::text(
          "report", "FILE.html", [](Run& run, const Text& file) { run.report = file; },
          "Write the report as a web page too")
          .not_kept(),
      Setting::on(
          "report-prompts", [](Run& run) { run.options.shows_prompts = true; },
          "Let the report show what --prompt, --system and --set say")
          .not_kept(),
      Setting::on(
          "json", [](Run& run) { run.json = true; }, "Print the report as one JSON object"),
      Setting::choice<Progress>(
          "progress",
          {{"auto", Progress::automatic},
           {"plain", Progress::plain},
           {"json", Progress::json},
           {"none", Progress::none}},
          [](Run& run, auto progress) { run.progress = progress; },
          "auto (a live view on a terminal), plain (a line every 10 s), json or none"),
      Setting::on(
          "quiet",
          [](Run& run) {
            run.progress = Progress::none;
            run.quiet = true;
          },
          "No progress and no report; warnings and errors are told, and the exit status says how it went")
          .not_kept(),
  };
}

std::vector<Setting> how_it_goes() {
  return {
      Setting::on(
          "dry-run", [](Run& run) { run.dry_run = true; }, "Send nothing: show three requests, rows, tokens and cost")
          .not_kept(),
      Setting::number<std::uint64_t>(
          "pilot", 1, 1e12, [](Run& run, auto rows) { run.pilot = rows; },
          "Run N random rows first, show what all will take, and ask")
          .not_kept(),
      Setting::on(
          "yes", [](Run& run) { run.yes = true; }, "Go on after the pilot without asking")
          .not_kept(),
      Setting::text("budget", "20usd|5Mtok", set_budget,
                    "Stop before more than 20usd or 5Mtok are used, earlier starts included"),
      Setting::text(
          "deadline", "TIME",
          [](Run& run, const Text& time) { run.options.deadline = duration_of("--deadline", time); },
          "Send no more rows after 90s, 15m, 8h or 2d"),
      Setting::text(
          "max-failures", "N|P%", [](Run& run, const Text& most) { run.options.max_failures = max_failures_of(most); },
          "Stop when more than N rows or P% have failed (default: when the first 20 all fail alike)"),
      Setting::on(
          "fresh", [](Run& run) { run.options.fresh = true; }, "Move what an earlier run left aside, and begin anew")
          .not_with({"rerun-changed", "keep-finished"})
          .not_kept(),
      Setting::on(
          "rerun-changed", [](Run& run) { run.options.on_changed = OnChanged::rerun; },
          "Send finished rows again where they or the settings have changed")
          .not_with({"fresh", "keep-finished"})
          .not_kept(),
      Setting::on(
          "keep-finished", [](Run& run) { run.options.on_changed = OnChanged::keep; },
          "Keep the old answers of such rows")
          .not_with({"fresh", "rerun-changed"})
          .not_kept(),
      Setting::on(
          "no-resend", [](Run& run) { run.options.resend = false; },
          "Do not send rows again that may have been sent before a crash"),
  };
}

std::vector<Setting> all_settings() {
  std::vector<Setting> all;
  const auto add = [&](std::string_view group, std::vector<Setting> settings) {
    for (auto& setting : settings) {
      setting.group = group;
      all.push_back(std::move(setting));
    }
  };
  add("What goes in", what_goes_in());
  add("What is asked", what_is_asked());
  add("Where, and how fast", where_and_how_fast());
  add("What comes out", what_comes_out());
  add("How the run goes, stops and goes on", how_it_goes());
  return all;
}

}  // namespace

const std::vector<Setting>& run_settings() {
  static const auto settings = all_settings();
  return settings;
}

const Setting* find_setting(std::string_view name) {
  const auto found = std::ranges::find(run_settings(), name, &Setting::name);
  return found == run_settings().end() ? nullptr : &*found;
}

}  // namespace headway::job
