#include "job/run/prepare.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <boost/asio/io_context.hpp>

#include <headway/chat_openai.hpp>
#include <headway/client.hpp>

#include "base/text_file.hpp"
#include "job/input/hash.hpp"
#include "job/report/human.hpp"
#include "job/store/sqlite.hpp"
#include "wire/utf8.hpp"

namespace headway::job {
namespace {

constexpr std::size_t longest_id = 80;

LineForm line_form(const OutputSettings& form) {
  if (form.csv) return LineForm::csv;
  return form.select == Select::body ? LineForm::bodies : LineForm::json;
}

OutputFlags output_flags(const RunOptions& options) {
  const auto& form = options.form;
  return {{"select", fmt::format("with --select {}", to_string(form.select))},
          {"format", fmt::format("with --format {}", form.csv ? "csv" : "jsonl")},
          {"columns", form.flat              ? "with --keep-input"
                      : form.columns.empty() ? "without --columns"
                                             : fmt::format("with --columns {}", fmt::join(form.columns, ","))},
          {"ordered", options.ordered ? "with --ordered" : "without --ordered"}};
}

/// What judges answers; a schema by what it says.
std::string judge_of(const RunOptions& options) {
  if (!options.choices.empty()) return fmt::format("choices {}", fmt::join(options.choices, ","));
  if (!options.input.schema.empty()) return fmt::format("schema {:016x}", hash_of(options.input.schema));
  if (options.expect.starts_with('{')) return fmt::format("schema {:016x}", hash_of(options.expect));
  if (!options.expect.starts_with('@')) return fmt::format("expect {}", options.expect);
  auto schema = read_text_file(options.expect.substr(1), "the schema");
  while (schema.ends_with('\n') || schema.ends_with('\r')) schema.pop_back();  // as a retry has it
  return fmt::format("schema {:016x}", hash_of(schema));
}

/// All of the input's rows: those that --limit or --sample leave out would count as gone.
InputSettings whole(InputSettings settings) {
  settings.limit.reset();
  settings.sample.reset();
  return settings;
}

void refuse_changes(const ResumeCounts& counts) {
  const auto again = counts.changed + counts.lost;
  auto why = counts.lost > 0
                 ? fmt::format("the output has lost the answers of {}", counted(counts.lost, "finished row"))
                 : std::string();
  if (counts.changed > 0) {
    why += fmt::format("{}{} changed since {} answered{}", why.empty() ? "" : "; ", counted(counts.changed, "row"),
                       counts.changed == 1 ? "it was" : "they were",
                       counts.changed_by_settings > 0 ? " (by the settings)" : "");
  }
  throw Error(
      ErrorKind::configuration,
      fmt::format("{}. To send {} again costs about {}: --rerun-changed does so, --keep-finished leaves what is "
                  "there, --fresh begins anew",
                  why, counted(again, "row"),
                  counts.changed_cost > Money() ? dollars_text(counts.changed_cost) : "as much as before"));
}

std::unordered_set<std::uint64_t> failed_rows(Journal& journal, const std::set<std::string>& kinds) {
  std::unordered_set<std::uint64_t> numbers;
  Statement find(journal.database(), "SELECT number, kind FROM rows WHERE state <> 1 AND number >= 0");
  while (find.next()) {
    if (kinds.empty() || kinds.contains(std::string(find.bytes(1)))) numbers.insert(find.hash(0));
  }
  return numbers;
}

}  // namespace

void refuse_bad_rows(const RunOptions& options, const InputCheck& check) {
  if (check.bad_rows == 0 || options.skip_invalid) return;
  auto message = fmt::format("{} of {} cannot be sent:", grouped(check.bad_rows), counted(check.rows, "row"));
  for (const auto& row : check.first_bad) {
    message += fmt::format("\n  {}:{}: {}", check.file, row.line, row.reason);
    if (!row.custom_id.empty()) message += fmt::format(" ({})", wire::printable_line(row.custom_id, longest_id));
  }
  if (check.bad_rows > check.first_bad.size()) {
    message += fmt::format("\n  and {} more", grouped(check.bad_rows - check.first_bad.size()));
  }
  message += "\nMend them, or let --skip-invalid record them as failed and go on.";
  throw Error(ErrorKind::configuration, message);
}

void check_endpoints(const ClientOptions& options) {
  boost::asio::io_context loop;
  ChatOpenAIOptions any_model;
  any_model.model = "any";
  const ChatOpenAI usable(any_model, Client(loop.get_executor(), options));
}

ClientOptions priced_as_embeddings(ClientOptions options) {
  const auto complete = [](PriceOptions& prices) {
    if (prices.in && !prices.out && prices.file.empty()) prices.out = 0;
  };
  complete(options.prices);
  for (auto& endpoint : options.endpoints) complete(endpoint.prices);
  return options;
}

void refuse_half_a_price(const RunOptions& options, const InputCheck& check) {
  if (!check.only_embeddings) check_endpoints(options.client);
}

std::string unused_note(const InputCheck& check) {
  constexpr std::size_t most_named = 12;
  const auto& unused = check.unused_columns;
  if (unused.empty()) return {};
  std::string names;
  for (std::size_t i = 0; i < std::min(unused.size(), most_named); ++i) {
    names += (i == 0 ? "\"" : ", \"") + wire::printable_line(unused[i], longest_id) + '"';
  }
  if (unused.size() > most_named) names += fmt::format(" and {} more", unused.size() - most_named);
  return fmt::format("Not sent: the column{} {} of {} (--set sends a field, --columns carries a column to the output)",
                     unused.size() == 1 ? "" : "s", names, check.file);
}

RunFilesOptions files_options(const RunOptions& options, std::string header) {
  RunFilesOptions files;
  files.output = options.output;
  files.durability = options.durability;
  files.form = line_form(options.form);
  files.header = std::move(header);
  files.ordered = options.ordered;
  files.flags = output_flags(options);
  files.fresh = options.fresh;
  return files;
}

ResumePlan plan_resume(const RunOptions& options, const InputCheck& check, RunFiles& files) {
  auto plan = files.make_plan();
  const auto read = [&] {
    if (plan.knows_nothing()) return;
    RowReader reader(whole(options.input), check.whole);
    while (const auto entry = reader.next()) std::visit([&](const auto& row) { plan.add(row); }, *entry);
  };
  const auto& counts = plan.decide(read);
  const bool stops = options.on_changed == OnChanged::stop;
  if ((counts.changed > 0 && stops) || (counts.lost > 0 && (stops || options.retry_kinds))) refuse_changes(counts);
  return plan;
}

bool is_judged_otherwise(const RunOptions& options, Journal& journal) {
  const auto before = journal.setting("judge");
  return !before.empty() && before != judge_of(options);
}

void keep_settings(const RunOptions& options, std::uint64_t rows, Journal& journal) {
  if (options.retry_kinds) return;  // they are those of some rows
  Transaction transaction(journal.database());
  journal.set_setting("run", options.saved);
  journal.set_setting("judge", judge_of(options));
  journal.set_setting("rows", std::to_string(options.pilot_of.value_or(rows)));
  transaction.commit();
}

Treatments::Treatments(const RunOptions& options, ResumePlan plan, Journal& journal)
    : on_changed_(options.on_changed),
      resend_(options.resend),
      retry_(options.retry_kinds.has_value()),
      plan_(std::move(plan)) {
  if (options.retry_kinds) again_ = failed_rows(journal, *options.retry_kinds);
}

bool Treatments::sends(std::uint64_t number) const {
  if (retry_) return again_.contains(number);
  switch (plan_.decision(number)) {
    case Decision::fresh:
    case Decision::maybe_sent:
      return true;
    case Decision::changed:
    case Decision::lost:
      return on_changed_ == OnChanged::rerun;
    case Decision::failed:
    case Decision::finished:
      break;
  }
  return false;
}

Treatment Treatments::of(std::uint64_t number) const {
  if (!sends(number)) return Treatment::skip;
  const bool in_doubt = !resend_ && std::ranges::binary_search(plan_.maybe_sent(), number, {}, &SentRow::number);
  return in_doubt ? Treatment::record_unsent : Treatment::send;
}

std::uint64_t Treatments::maybe_sent_twice() const {
  const auto sent = [this](const SentRow& row) { return of(row.number) == Treatment::send; };
  return static_cast<std::uint64_t>(std::ranges::count_if(plan_.maybe_sent(), sent));
}

LeftAlone rows_left_alone(const RunOptions& options, const InputCheck& check, const ResumeCounts& counts,
                          const Treatments& treatments) {
  const bool all_selected = !options.input.limit && !options.input.sample;
  if (all_selected && !options.retry_kinds) {
    const auto kept = options.on_changed == OnChanged::keep ? counts.changed + counts.lost : 0;
    return {counts.finished + counts.failed + kept, counts.failed};
  }
  LeftAlone left;
  RowReader reader(options.input, check.whole);
  reader.next([&](std::uint64_t number) {
    if (treatments.of(number) != Treatment::skip) return false;
    ++left.rows;
    if (treatments.has_failed_before(number)) ++left.failed;
    return false;
  });
  return left;
}

}  // namespace headway::job
