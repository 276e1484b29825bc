#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <headway/outcome.hpp>
#include <headway/response.hpp>

#include "job/answer/expectation.hpp"
#include "job/answer/judge.hpp"
#include "job/answer/output_form.hpp"
#include "job/record.hpp"
#include "job/row.hpp"
#include "job/run/run_options.hpp"

namespace headway::job {

/// Makes records of rows that have ended. No I/O. Any number of threads.
class RowEnds {
 public:
  RowEnds(OutputForm form, Expectation expectation) : form_(std::move(form)), expectation_(std::move(expectation)) {}

  /// An answer came, or none.
  Record of(const Row& row, const Outcome<RawResponse>& outcome) const;
  /// The same if it is quick, as judge_quickly() has it; else nothing.
  std::optional<Record> quickly(const Row& row, const Outcome<RawResponse>& outcome) const;
  /// The same by judge_in_haste().
  Record in_haste(const Row& row, const Outcome<RawResponse>& outcome) const;
  /// It was not sent.
  Record of(const BadRow& row) const;
  /// It may have been sent by an earlier start of the run, and is not sent again.
  Record unsent(const Row& row) const;

  std::string header() const { return form_.header(); }

 private:
  Record answered(const Row& row, const RawResponse& response, const Judgement& judgement) const;
  Record failed(const Row& row, const ErrorInfo& error) const;
  std::vector<std::uint16_t> choices_of(const RawResponse& response) const;

  OutputForm form_;
  Expectation expectation_;
};

/// Throws Error (`configuration`): an expectation that is none, or two that contradict each other.
RowEnds row_ends_of(const RunOptions& options);

}  // namespace headway::job
