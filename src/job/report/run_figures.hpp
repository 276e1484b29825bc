#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include <headway/client_stats.hpp>
#include <headway/error.hpp>

#include "base/histogram.hpp"
#include "base/money.hpp"
#include "job/record.hpp"
#include "job/report/last_words.hpp"
#include "job/report/limited_time.hpp"
#include "job/report/recent_rate.hpp"
#include "job/report/run_series.hpp"

namespace headway::job {

/// Rows by what became of them. Each row is in one of the counts.
struct RowCounts {
  std::uint64_t total = 0;            ///< of the input
  std::uint64_t finished_before = 0;  ///< by an earlier start of this run: not sent again
  std::uint64_t failed_before = 0;    ///< of these: they failed
  std::uint64_t done = 0;
  std::uint64_t failed = 0;    ///< no usable response came
  std::uint64_t unusable = 0;  ///< an answer came that --expect refuses
  std::uint64_t invalid = 0;   ///< not sent

  std::uint64_t done_in_all() const { return done + finished_before - failed_before; }
  std::uint64_t ended() const { return finished_before + done + failed + unusable + invalid; }
  std::uint64_t left() const { return total > ended() ? total - ended() : 0; }
};

/// How much of what a provider allows was used, while a limit was known. 1 is all.
struct LimitShare {
  double used = 0;
  double allowed = 0;
  bool guessed = false;  ///< for some of the time it was found from refusals alone

  /// At most 1: a limit that has rested for a while gives more at once than it gives in the same time later.
  std::optional<double> share() const {
    return allowed > 0 ? std::optional(std::min(1.0, used / allowed)) : std::nullopt;
  }
};

/// Everything that is counted in a run, for the live view and the report. Memory does not grow with the rows (1 MB).
/// Has no clock: it is told the time. For one thread at a time.
class RunFigures {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  static constexpr std::size_t verdicts_count = 9;

  RunFigures(std::uint64_t total_rows, time_point start) : start_(start), sampled_at_(start) {
    rows_.total = total_rows;
  }

  /// A row has ended, in this start of the run.
  void count(const Record& record);
  /// How the client does now; a few times a second, and at the end. Its counts are since the run's start.
  void sample(const ClientStats& stats, time_point now);
  /// An attempt has met `why`, and is made again.
  void attempt_failed(const ErrorInfo& why, time_point now) {
    last_words_.said(why, std::chrono::duration<double>(now - start_).count());
  }
  /// Rows that an earlier start had finished, and what they had cost.
  void add_finished_before(std::uint64_t rows, Money cost, std::uint64_t failed = 0);
  /// Rows that may have been sent before a crash and are sent again.
  void set_maybe_sent_twice(std::uint64_t rows) { maybe_sent_twice_ = rows; }
  /// Rows that were given up in flight, and stay unfinished: they may have been billed.
  void set_in_doubt(std::uint64_t rows) { in_doubt_ = rows; }
  /// So many were in flight once, be it between two samples.
  void saw_in_flight(std::size_t rows) { peak_in_flight_ = std::max(peak_in_flight_, rows); }

  const RowCounts& rows() const { return rows_; }
  std::uint64_t maybe_sent_twice() const { return maybe_sent_twice_; }
  std::uint64_t in_doubt() const { return in_doubt_; }
  /// Without "unusable" and "invalid".
  const std::map<std::string, std::uint64_t>& failed_by_kind() const { return failed_by_kind_; }
  /// Of all answers that came, whatever --expect says of them; by Verdict.
  const std::array<std::uint64_t, verdicts_count>& verdicts() const { return verdicts_; }
  /// Of answers that were done now, how many were this one of RunFacts::choices.
  std::uint64_t chosen(std::size_t choice) const { return choice < chosen_.size() ? chosen_[choice] : 0; }
  const Usage& usage() const { return usage_; }
  Money cost() const { return cost_; }
  /// Answers that were paid for, and have no price.
  std::uint64_t unpriced() const { return unpriced_; }
  /// Whether cost() is all that was paid. `priced`: what is to be said before any answer has come.
  bool cost_is_known(bool priced) const { return unpriced_ == 0 && (priced || priced_ > 0); }
  Money cost_before() const { return cost_before_; }

  std::uint64_t attempts() const { return attempts_; }
  std::uint64_t sent_again() const { return sent_again_; }  ///< of them: not the first of their row
  std::uint64_t refusals() const { return stats_.refusals; }
  /// Why attempts were made again, the last time; Words::at is in seconds since the start. Null: none was.
  const Words* last_words() const { return last_words_.last(); }
  /// The same while calls wait, as far as it may be why.
  const Words* words_waited_for() const;
  std::uint64_t maybe_billed() const { return maybe_billed_; }  ///< rows that failed and may have been paid for
  std::size_t peak_in_flight() const { return peak_in_flight_; }

  /// Of rows that got an answer: all its attempts from asking for a connection to the last byte, without the waits for
  /// limits and retries.
  const Histogram& latency() const { return latency_; }
  /// The same rows: from sending to the first byte.
  const Histogram& first_byte() const { return first_byte_; }
  /// Summed up over all rows.
  const StageTimes& stages() const { return stages_; }
  const LimitedTime& limited() const { return limited_; }
  const LimitShare& requests_limit() const { return requests_limit_; }
  const LimitShare& tokens_limit() const { return tokens_limit_; }
  const RunSeries& series() const { return series_; }

  /// As of the last sample.
  const ClientStats& stats() const { return stats_; }
  std::chrono::duration<double> wall() const { return sampled_at_ - start_; }
  double recent_rows_per_s() const { return recent_rows_.per_second(); }
  double recent_tokens_per_s() const { return recent_tokens_.per_second(); }  ///< of answers
  /// Until all rows have ended, at the recent rate, from when the server wants to be asked again. None: nothing has ended
  /// for a while, so it is not known.
  std::optional<std::chrono::duration<double>> time_left() const;

 private:
  void count_answer(const Record& record);
  void count_state(const Record& record);

  time_point start_;
  time_point sampled_at_;
  RowCounts rows_;
  std::uint64_t maybe_sent_twice_ = 0;
  std::uint64_t in_doubt_ = 0;
  std::map<std::string, std::uint64_t> failed_by_kind_;
  std::array<std::uint64_t, verdicts_count> verdicts_{};
  std::vector<std::uint64_t> chosen_;
  Usage usage_;
  Money cost_;
  Money cost_before_;
  std::uint64_t priced_ = 0;
  std::uint64_t unpriced_ = 0;
  std::uint64_t attempts_ = 0;
  std::uint64_t sent_again_ = 0;
  std::uint64_t maybe_billed_ = 0;
  std::size_t peak_in_flight_ = 0;
  Histogram latency_;
  Histogram first_byte_;
  StageTimes stages_;
  LimitedTime limited_;
  LimitShare requests_limit_;
  LimitShare tokens_limit_;
  RunSeries series_;
  LastWords last_words_;
  ClientStats stats_;
  RecentRate recent_rows_;
  RecentRate recent_tokens_;
  std::uint64_t rows_since_sample_ = 0;
  std::int64_t tokens_since_sample_ = 0;
  double last_end_ = 0;  // seconds since the start
};

}  // namespace headway::job
