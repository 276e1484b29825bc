#include "run_flags.hpp"

#include <filesystem>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/text_file.hpp"
#include "config/environment.hpp"
#include "job/input/head.hpp"
#include "job/store/paths.hpp"
#include "quantity.hpp"
#include "run_paths.hpp"
#include "saved_run.hpp"

namespace headway::cli {
namespace {

[[noreturn]] void refuse(std::string message) {
  throw Error(ErrorKind::configuration, std::move(message));
}

/// "@file": what the file holds, without its last line end. "@@text" is the text "@text".
std::string text_or_file(const std::string& value) {
  if (!value.starts_with('@')) return value;
  if (value.starts_with("@@")) return value.substr(1);
  auto text = read_text_file(value.substr(1));
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

/// A file that a flag names is read once: it may be a pipe.
class NamedTexts {
 public:
  const std::string& of(const std::string& value) {
    const auto known = texts_.find(value);
    return known != texts_.end() ? known->second : texts_.emplace(value, text_or_file(value)).first->second;
  }

 private:
  std::map<std::string, std::string> texts_;
};

std::string setting(const std::string& key_and_value, NamedTexts& texts) {
  const auto equals = key_and_value.find("=@");
  if (equals == std::string::npos || key_and_value.find('=') != equals) return key_and_value;
  return key_and_value.substr(0, equals + 1) + texts.of(key_and_value.substr(equals + 1));
}

void add_input(CLI::App& command, RunFlags& flags) {
  auto& input = flags.options.input;
  command
      .add_option("input", flags.input,
                  "The rows: .jsonl (OpenAI Batch lines or objects), .csv, .tsv, .txt; .gz and .zst "
                  "too; - for standard input")
      ->type_name("FILE")
      ->required();
  command
      .add_option("--input-format", flags.input_format,
                  "batch, jsonl, csv or lines, where the file's name does not tell")
      ->check(CLI::IsMember({"batch", "jsonl", "csv", "lines"}));
  command.add_flag("--lines", flags.lines, "A prompt a line; in --prompt it is {{line}}");
  command
      .add_option("--delimiter", flags.delimiter,
                  "What stands between a CSV's fields: one character, or tab (default: as the file shows)")
      ->type_name("CHAR");
  command.add_option("--encoding", input.encoding,
                     "The input's encoding as iconv names it, e.g. cp932 (default: UTF-8)");
  command.add_option("--prompt", flags.prompt, "What each row asks, e.g. 'Summarise: {{text}}', or @file");
  command.add_option("--system", flags.system, "The chat's system message, with columns as in --prompt, or @file");
  command.add_flag("--completions", input.completions, "Ask /v1/completions instead of /v1/chat/completions");
  command.add_option("--id-column", input.id_column,
                     "The column that is the custom_id (default: custom_id, if there is one)");
  command.add_option("--columns", input.columns, "Columns that go along to the output; * for all")->delimiter(',');
  command.add_flag("--skip-invalid", flags.options.skip_invalid, "Record bad rows as failed, and go on");
  command.add_option("--limit", input.limit, "Only the first N rows")->check(between(1, 1e12));
  command.add_option("--sample", input.sample, "Only N rows at random")->check(between(1, 1e12));
  command.add_option("--sample-seed", input.sample_seed, "The same seed takes the same rows")->capture_default_str();
}

void add_request(CLI::App& command, RunFlags& flags) {
  auto& input = flags.options.input;
  command.add_option("--model", input.model, "The model (default: HEADWAY_MODEL; for Batch lines, what they say)")
      ->type_name("NAME");
  command.add_option("--max-tokens", input.max_tokens, "Tokens of an answer at the most")->check(between(1, 1e9));
  command.add_option("--temperature", input.temperature, "How freely it answers; unset: not sent");
  command.add_option("--set", input.set, "KEY=JSON or KEY=@file: sets any field of the request's body")
      ->type_name("KEY=JSON")
      ->allow_extra_args(false);
}

void add_endpoint_flags(CLI::App& command, RunFlags& flags) {
  add_endpoint(command, flags.endpoint);
  command.add_option("--http", flags.http, "auto, 1.1 or 2")->check(CLI::IsMember({"auto", "1.1", "2"}));
  command
      .add_option("--in-flight", flags.options.in_flight,
                  "Rows in flight at the most (default: 10000; fewer are sent if "
                  "the provider takes fewer)")
      ->check(CLI::Range(std::size_t{1}, std::size_t{10'000'000}));
  command.add_option("--rpm", flags.rpm, "Requests a minute at the most")->check(between(0.001, 1e12));
  command.add_option("--tpm", flags.tpm, "Tokens a minute at the most")->check(between(0.001, 1e12));
  command.add_option("--price-in", flags.price_in, "US dollars for a million tokens of prompts")
      ->check(between(0, 1e5));
  command.add_option("--price-out", flags.price_out, "The same of answers")->check(between(0, 1e5));
  command.add_option("--prices", flags.prices, "A price file in LiteLLM's format")->type_name("FILE");
  command.add_option("--timeout", flags.timeout_s, "Seconds for one attempt, from its sending on (default: 600)")
      ->check(between(0.001, 1e6));
  command.add_option("--max-retries", flags.max_retries, "Times that a failed call is sent again (default: 2)")
      ->check(between(0, 1000));
}

void add_output(CLI::App& command, RunFlags& flags) {
  auto& options = flags.options;
  command
      .add_option("-o,--output", flags.output,
                  "The answers; the journal and the errors stand beside it; - for standard output, with --journal")
      ->type_name("FILE")
      ->required();
  command
      .add_option("--journal", flags.journal,
                  "With -o -: what keeps the run, e.g. run.journal; the answers are kept in run, the errors beside it")
      ->type_name("NAME.journal");
  command
      .add_option("--select", flags.select,
                  "What a line holds: batch (default), text, json (the answer parsed) or body")
      ->check(CLI::IsMember({"batch", "text", "json", "body"}));
  command.add_option("--format", flags.output_format, "jsonl or csv")->check(CLI::IsMember({"jsonl", "csv"}));
  command.add_flag("--ordered", options.ordered, "Lines in the input's order");
  command
      .add_option("--expect", options.expect, "text, json or @schema.json: an answer that is not so is a failed row")
      ->type_name("text|json|@FILE");
  command.add_option("--answer-retries", options.answer_retries, "Times that such a row is sent again; each is billed")
      ->check(CLI::Range(0, 100));
  command.add_option("--durability", flags.durability, "process: done rows outlive a kill; power: a power cut too")
      ->check(CLI::IsMember({"process", "power"}));
  command.add_option("--report", flags.report, "Write the report as a web page too")->type_name("FILE.html");
  command.add_flag("--report-prompts", flags.options.shows_prompts,
                   "Let the report show what --prompt, --system and --set say");
  command.add_flag("--json", flags.json, "Print the report as one JSON object");
  command
      .add_option("--progress", flags.progress,
                  "auto (a live view on a terminal), plain (a line every 10 s), json or none")
      ->transform(CLI::CheckedTransformer(std::map<std::string, Progress>{{"auto", Progress::automatic},
                                                                          {"plain", Progress::plain},
                                                                          {"json", Progress::json},
                                                                          {"none", Progress::none}})
                      .description(""))
      ->type_name("auto|plain|json|none");
  command.add_flag_callback(
      "--quiet",
      [&flags] {
        flags.progress = Progress::none;
        flags.quiet = true;
      },
      "No progress and no report; warnings and errors are told, and the exit status says how it went");
}

void add_conduct(CLI::App& command, RunFlags& flags) {
  command.add_flag("--dry-run", flags.dry_run, "Send nothing: show three requests, rows, tokens and cost");
  command.add_option("--pilot", flags.pilot, "Run N random rows first, show what all will take, and ask")
      ->check(between(1, 1e12));
  command.add_flag("--yes", flags.yes, "Go on after the pilot without asking");
  command
      .add_option("--budget", flags.budget, "Stop before more than 20usd or 5Mtok are used, earlier starts included")
      ->type_name("20usd|5Mtok");
  command.add_option("--deadline", flags.deadline, "Send no more rows after 90s, 15m, 8h or 2d")->type_name("TIME");
  command
      .add_option("--max-failures", flags.max_failures,
                  "Stop when more than N rows or P% have failed (default: when the "
                  "first 20 all fail alike)")
      ->type_name("N|P%");
  auto* fresh = command.add_flag("--fresh", flags.options.fresh, "Move what an earlier run left aside, and begin anew");
  auto* rerun = command.add_flag("--rerun-changed", flags.rerun_changed,
                                 "Send finished rows again where they or the settings have changed");
  auto* keep = command.add_flag("--keep-finished", flags.keep_finished, "Keep the old answers of such rows");
  rerun->excludes(keep)->excludes(fresh);
  keep->excludes(fresh);
  command.add_flag("--no-resend", flags.no_resend, "Do not send rows again that may have been sent before a crash");
}

job::InputFormat input_format(const RunFlags& flags) {
  if (flags.lines || flags.input_format == "lines") return job::InputFormat::lines;
  if (flags.input_format == "batch") return job::InputFormat::batch;
  if (flags.input_format == "jsonl") return job::InputFormat::json_lines;
  return flags.input_format == "csv" ? job::InputFormat::csv : job::InputFormat::automatic;
}

char delimiter_of(const std::string& name) {
  if (name.empty()) return 0;
  if (name == "tab" || name == "\\t") return '\t';
  constexpr std::string_view others = "\"\r\n";
  if (name.size() == 1 && others.find(name.front()) == std::string_view::npos) return name.front();
  refuse("--delimiter is one character that is no quotation mark or line end, e.g. ';', or tab");
}

job::InputSettings input_settings(const RunFlags& flags, NamedTexts& texts) {
  auto input = flags.options.input;
  input.path = flags.input;
  if (flags.input == "-") {
    input.path = output_file(flags) + ".input";
    input.name = "standard input";
  }
  input.format = input_format(flags);
  input.delimiter = delimiter_of(flags.delimiter);
  input.prompt = texts.of(flags.prompt);
  input.system = texts.of(flags.system);
  for (auto& field : input.set) field = setting(field, texts);
  return input;
}

ClientOptions client_options(const RunFlags& flags) {
  auto client = flags.endpoint.client();
  if (!flags.http.empty()) {
    client.http = flags.http == "2"     ? HttpVersion::http_2
                  : flags.http == "1.1" ? HttpVersion::http_1_1
                                        : HttpVersion::automatic;
  }
  if (flags.max_retries) client.max_retries = *flags.max_retries;
  if (auto& most = client.max_connections; most && *most > 0)
    most = std::max(*most, std::size_t{flags.options.in_flight});
  const auto limit = [&](EndpointOptions& endpoint) {
    auto& most = endpoint.limits.max_concurrency;
    if (most == 0) most = flags.options.in_flight;  // what the user says is where it begins
    if (flags.rpm) endpoint.limits.requests_per_minute = *flags.rpm;
    if (flags.tpm) endpoint.limits.tokens_per_minute = *flags.tpm;
    if (flags.price_in) endpoint.prices.in = flags.price_in;
    if (flags.price_out) endpoint.prices.out = flags.price_out;
    if (!flags.prices.empty()) endpoint.prices.file = flags.prices;
  };
  if (client.endpoints.empty()) limit(client);
  for (auto& endpoint : client.endpoints) limit(endpoint);
  return client;
}

std::vector<std::pair<std::string, std::string>> shown(const std::vector<std::string>& arguments) {
  std::vector<std::pair<std::string, std::string>> settings;
  for (const auto& argument : arguments) {
    const bool flag = argument.size() > 1 && argument.starts_with('-');
    const auto equals = argument.find('=');
    if (argument.starts_with("--") && equals != argument.npos) {
      settings.emplace_back(argument.substr(0, equals), argument.substr(equals + 1));
    } else if (flag) {
      settings.emplace_back(argument, "");
    } else if (!settings.empty() && settings.back().second.empty() && settings.back().first.starts_with('-')) {
      settings.back().second = argument;
    } else {
      settings.emplace_back("input", argument);
    }
  }
  return settings;
}

}  // namespace

void add_run_flags(CLI::App& command, RunFlags& flags) {
  std::set<const CLI::Option*> grouped{command.get_help_ptr()};
  const auto group = [&](const char* name, auto add) {
    add(command, flags);
    for (auto* option : command.get_options()) {
      if (grouped.insert(option).second && !option->get_positional()) option->group(name);
    }
  };
  group("What goes in", add_input);
  group("What is asked", add_request);
  group("Where, and how fast", add_endpoint_flags);
  group("What comes out", add_output);
  group("How the run goes, stops and goes on", add_conduct);
}

std::string output_file(const RunFlags& flags) {
  if (flags.output != "-" || flags.journal.empty()) return flags.output;
  constexpr std::string_view ending = ".journal";
  const auto name = std::filesystem::path(flags.journal).filename().string();
  if (!name.ends_with(ending) || name.size() == ending.size()) {
    refuse(fmt::format("--journal {}: the name must end in .journal, e.g. run.journal", flags.journal));
  }
  return flags.journal.substr(0, flags.journal.size() - ending.size());
}

job::RunOptions run_options(const RunFlags& flags, const std::vector<std::string>& arguments) {
  const job::StorePaths paths(output_file(flags));
  check_paths(flags, paths);
  auto options = flags.options;
  options.output = paths.results;
  options.standard_input = flags.input == "-";
  NamedTexts texts;
  options.input = input_settings(flags, texts);
  options.client = client_options(flags);
  options.form.csv = flags.output_format == "csv";
  options.form.select = job::select_of(flags.select.empty() && options.form.csv ? "text" : flags.select);
  options.form.columns = options.input.columns;
  const auto select = options.form.select;
  options.input.texts_wanted = options.form.csv || select == job::Select::text || select == job::Select::json;
  if (flags.durability == "power") options.durability = job::Durability::power;
  if (flags.timeout_s) {
    options.timeout = std::chrono::ceil<std::chrono::milliseconds>(std::chrono::duration<double>(*flags.timeout_s));
  }
  if (!flags.budget.empty()) {
    const auto budget = budget_of(flags.budget);
    options.budget_dollars = budget.dollars;
    options.budget_tokens = budget.tokens;
  }
  if (!flags.deadline.empty()) options.deadline = duration_of("--deadline", flags.deadline);
  if (!flags.max_failures.empty()) options.max_failures = max_failures_of(flags.max_failures);
  if (flags.rerun_changed) options.on_changed = job::OnChanged::rerun;
  if (flags.keep_finished) options.on_changed = job::OnChanged::keep;
  options.resend = !flags.no_resend;
  options.shown = shown(arguments);
  options.saved = saved_settings(arguments, [&texts](const std::string& value) { return texts.of(value); });
  return options;
}

}  // namespace headway::cli
