#include "job/run/row_end.hpp"

#include <fmt/format.h>

#include <headway/error.hpp>

#include "base/price.hpp"
#include "job/store/row_id.hpp"

namespace headway::job {
namespace {

[[noreturn]] void refuse_pair(std::string_view one, std::string_view other, std::string_view why) {
  throw Error(ErrorKind::configuration, fmt::format("{} and {} do not go together: {}", one, other, why));
}

Expectation labels(const RunOptions& options) {
  if (!options.input.schema.empty()) refuse_pair("--choices", "--schema", "a label is a text, and no JSON");
  if (options.form.select == Select::json) refuse_pair("--choices", "--select json", "a label is a text, and no JSON");
  if (!options.expect.empty() && options.expect != "text") {
    refuse_pair("--choices", "--expect", "the first says already what an answer must be");
  }
  auto expectation = expectation_of("text");
  expectation.choices = options.choices;
  return expectation;
}

// JSON that is handed out parsed must be some.
Expectation wanted_by(const RunOptions& options) {
  if (!options.choices.empty()) return labels(options);
  const bool as_json = options.form.select == Select::json;
  const auto& schema = options.input.schema;
  if (!schema.empty() && !options.expect.empty()) refuse_pair("--schema", "--expect", "the first checks answers too");
  auto expectation = expectation_of(as_json && options.expect.empty() ? "json" : std::string_view(options.expect));
  if (!schema.empty()) {
    expectation.wanted = Expectation::Wanted::json;
    expectation.schema.emplace(schema, "of --schema");
  }
  expectation.fence_allowed = as_json;
  return expectation;
}

Record record_of(const Row& row) {
  Record record;
  record.number = row.number;
  record.line = row.line;
  record.content_hash = row.content_hash;
  record.request_hash = row.request_hash;
  record.id_hash = hash_of_id(row.custom_id);
  return record;
}

void add_bill(Record& record, const RawResponse& response) {
  record.status = response.status;
  record.attempts = response.attempts;
  record.usage = sensible(response.usage);
  record.cost = Money::of_dollars(response.cost.value_or(0));
  record.cost_known = response.cost.has_value();
  record.times = response.times;
}

}  // namespace

Record RowEnds::of(const Row& row, const Outcome<RawResponse>& outcome) const {
  if (!outcome) return failed(row, outcome.error().info());
  return answered(row, *outcome, judge(row.path, outcome->choices, expectation_));
}

std::optional<Record> RowEnds::quickly(const Row& row, const Outcome<RawResponse>& outcome) const {
  if (!outcome) return failed(row, outcome.error().info());
  const auto judgement = judge_quickly(row.path, outcome->choices, expectation_);
  if (!judgement) return std::nullopt;
  return answered(row, *outcome, *judgement);
}

Record RowEnds::in_haste(const Row& row, const Outcome<RawResponse>& outcome) const {
  if (!outcome) return failed(row, outcome.error().info());
  return answered(row, *outcome, judge_in_haste(row.path, outcome->choices, expectation_));
}

Record RowEnds::answered(const Row& row, const RawResponse& response, const Judgement& judgement) const {
  auto record = record_of(row);
  add_bill(record, response);
  record.verdict = judgement.verdict;
  if (expectation_.refuses(judgement.verdict)) {
    record.state = RowState::failed;
    record.kind = "unusable";
    record.text = form_.unusable(row, response, judgement);
  } else {
    record.state = RowState::done;
    record.text = form_.done(row, response);
    record.choices = choices_of(response);
  }
  return record;
}

std::vector<std::uint16_t> RowEnds::choices_of(const RawResponse& response) const {
  std::vector<std::uint16_t> choices;
  if (expectation_.choices.empty()) return choices;
  for (const auto& choice : response.choices) {
    if (const auto which = choice_of(expectation_, choice.text)) choices.push_back(static_cast<std::uint16_t>(*which));
  }
  return choices;
}

Record RowEnds::failed(const Row& row, const ErrorInfo& error) const {
  auto record = record_of(row);
  record.state = RowState::failed;
  record.kind = to_string(error.kind);
  record.status = error.status;
  record.attempts = error.attempts;
  record.maybe_billed = error.maybe_billed;
  record.times = error.times;
  record.usage = sensible(error.usage);
  record.cost = Money::of_dollars(error.cost.value_or(0));
  record.cost_known = error.body.empty() || error.cost;
  record.text = form_.failed(row, error);
  return record;
}

Record RowEnds::unsent(const Row& row) const {
  ErrorInfo info;
  info.kind = ErrorKind::cancelled;
  info.message = "it may have been sent before the run was killed, and was not sent again (--no-resend)";
  info.maybe_billed = true;
  auto record = failed(row, info);
  record.kind = "maybe_sent";
  return record;
}

Record RowEnds::of(const BadRow& row) const {
  Record record;
  record.number = row.number;
  record.line = row.line;
  record.content_hash = row.content_hash;
  record.id_hash = hash_of_id(row.custom_id);
  record.state = RowState::invalid;
  record.kind = "invalid";
  record.text = form_.invalid(row);
  return record;
}

RowEnds row_ends_of(const RunOptions& options) {
  auto form = options.form;
  form.trims = !options.choices.empty();
  return {OutputForm(std::move(form)), wanted_by(options)};
}

}  // namespace headway::job
