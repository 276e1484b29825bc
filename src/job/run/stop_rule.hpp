#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <headway/error.hpp>

#include "job/record.hpp"
#include "job/run/run_options.hpp"

namespace headway::job {

/// When a run stops by itself: a state machine that is told how rows end. It never stops for one bad row.
class StopRule {
 public:
  explicit StopRule(std::optional<MaxFailures> max_failures) : max_failures_(max_failures) {}

  /// Whether the error is not the row's own: no row can succeed now. Such a row stays unfinished. A wrong key and an account
  /// without money always are; a missing permission or model if nothing has ever come through, or has for a while.
  bool concerns_all(const ErrorInfo& error) const;
  /// An answer has come, whatever it is worth; its row may end later.
  void answer_came() { came_through_ = true; }

  /// A row has ended. Gives why the run must stop, if it must.
  std::optional<std::string> ended(const Record& record);

 private:
  std::optional<std::string> too_many_failures() const;
  bool is_gone() const { return gone_in_a_row_ >= first_rows && !max_failures_; }

  static constexpr std::uint64_t first_rows = 20;
  static constexpr std::uint64_t rows_for_a_share = 100;

  std::optional<MaxFailures> max_failures_;
  std::uint64_t ended_ = 0;
  std::uint64_t failed_ = 0;
  bool came_through_ = false;
  std::uint64_t failed_alike_ = 0;   // in the same way as the first row
  std::uint64_t gone_in_a_row_ = 0;  // for want of a permission or a model, up to now
  std::string first_kind_;
  int first_status_ = 0;
};

/// One sentence with what to do, for an error that concerns_all().
std::string stop_reason(const ErrorInfo& error);

}  // namespace headway::job
