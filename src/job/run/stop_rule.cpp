#include "job/run/stop_rule.hpp"

#include <fmt/format.h>

namespace headway::job {
namespace {

bool was_not_there(const Record& record) {
  return record.kind == "not_found" || record.kind == "permission";
}

/// Whether a row that failed so will fail again.
bool is_permanent(const Record& record) {
  return was_not_there(record) || record.kind == "bad_request" || record.kind == "protocol" ||
         record.kind == "unusable";
}

}  // namespace

bool StopRule::concerns_all(const ErrorInfo& error) const {
  switch (error.kind) {
    case ErrorKind::authentication:
    case ErrorKind::quota_exhausted:
    case ErrorKind::configuration:
      return true;
    case ErrorKind::permission:
    case ErrorKind::not_found:
      return !came_through_ || is_gone();
    default:
      return false;
  }
}

std::optional<std::string> StopRule::ended(const Record& record) {
  if (record.state == RowState::invalid) return std::nullopt;
  ++ended_;
  if (record.state == RowState::failed) ++failed_;
  came_through_ |= is_answered(record);
  if (ended_ == 1) {
    first_kind_ = record.kind;
    first_status_ = record.status;
  }
  const bool alike = is_permanent(record) && record.kind == first_kind_ && record.status == first_status_;
  if (alike) ++failed_alike_;
  gone_in_a_row_ = was_not_there(record) ? gone_in_a_row_ + 1 : 0;
  if (ended_ == first_rows && failed_alike_ == first_rows && !max_failures_) {
    return fmt::format(
        "the first {} rows all failed in the same way ({}): see the errors file; --max-failures sets "
        "another bound",
        first_rows, first_kind_);
  }
  if (is_gone()) {
    return fmt::format(
        "the last {} rows all failed for want of a model or a permission ({}): `headway retry` sends them again when "
        "it is there; --max-failures sets another bound",
        first_rows, record.kind);
  }
  return too_many_failures();
}

std::optional<std::string> StopRule::too_many_failures() const {
  if (!max_failures_) return std::nullopt;
  if (max_failures_->rows && failed_ > *max_failures_->rows) {
    return fmt::format("{} rows have failed, and --max-failures is {}", failed_, *max_failures_->rows);
  }
  const auto share = static_cast<double>(failed_) / static_cast<double>(ended_);
  if (max_failures_->share && ended_ >= rows_for_a_share && share > *max_failures_->share) {
    return fmt::format("{} of {} rows have failed, and --max-failures is {:g}%", failed_, ended_,
                       100 * *max_failures_->share);
  }
  return std::nullopt;
}

std::string stop_reason(const ErrorInfo& error) {
  const bool own_cap = error.kind == ErrorKind::quota_exhausted && error.status == 0;
  auto reason = own_cap ? "the budget is used up: " + error.message : error.message;
  if (!error.provider_message.empty()) reason += ": " + error.provider_message;
  return reason;
}

}  // namespace headway::job
