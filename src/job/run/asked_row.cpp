#include "job/run/asked_row.hpp"

namespace headway::job {
namespace {

void add_bill(Record& record, const Record& earlier) {
  record.attempts += earlier.attempts;
  record.usage += earlier.usage;
  record.cost += earlier.cost;
  record.cost_known = record.cost_known && earlier.cost_known;
}

}  // namespace

std::optional<Record> AskedRow::ended(Record record, bool may_ask_again) {
  if (unusable_) add_bill(record, *unusable_);
  if (record.kind != "unusable" || answer_retries_ == 0 || !may_ask_again) return record;
  --answer_retries_;
  unusable_ = std::move(record);
  return std::nullopt;
}

std::optional<Record> AskedRow::left(const ErrorInfo& error) {
  if (!unusable_) return std::nullopt;
  unusable_->attempts += error.attempts;
  unusable_->maybe_billed |= error.maybe_billed;
  return std::exchange(unusable_, std::nullopt);
}

Outcome<RawResponse> outcome_of(const std::exception_ptr& error, RawResponse response) {
  if (error) return Error(error);
  return response;
}

}  // namespace headway::job
