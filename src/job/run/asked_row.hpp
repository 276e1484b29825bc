#pragma once

#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "job/run/row_end.hpp"

namespace headway::job {

/// A row on its way. Where its answer is not as expected it is asked again, so many times; each is billed. No I/O.
class AskedRow {
 public:
  AskedRow(Row row, int answer_retries) : row_(std::move(row)), answer_retries_(answer_retries) {}

  const Row& row() const { return row_; }
  /// Of the request to be sent now. It is kept only where it may be asked again.
  std::string take_body() { return answer_retries_ > 0 ? row_.body : std::exchange(row_.body, {}); }

  /// The request has ended in `record`. Gives how the row has; none: it is to be asked again, which `may_ask_again` allows.
  std::optional<Record> ended(Record record, bool may_ask_again);
  /// Nothing more is sent because of `error`, which is not the row's own. An answer that was paid for is an end, though not
  /// the one hoped for; none: the row stays unfinished.
  std::optional<Record> left(const ErrorInfo& error);

 private:
  Row row_;
  int answer_retries_;
  std::optional<Record> unusable_;  // its last answer, which was not as expected, with what all of them took
};

/// As handlers of Client::async_request get it.
Outcome<RawResponse> outcome_of(const std::exception_ptr& error, RawResponse response);

}  // namespace headway::job
