#include "job/report/run_figures.hpp"

#include <algorithm>

namespace headway::job {
namespace {

std::chrono::nanoseconds latency_of(const StageTimes& times) {
  return times.queued + times.connect + times.send + times.first_byte + times.first_token + times.body;
}

// Counters of a client that was made anew begin again.
std::uint64_t grown(std::uint64_t before, std::uint64_t now) {
  return now >= before ? now - before : now;
}

double tokens_of(const ClientStats& stats) {
  return static_cast<double>(stats.prompt_tokens + stats.completion_tokens);
}

}  // namespace

void RunFigures::count(const Record& record) {
  count_state(record);
  if (record.state == RowState::invalid) return;  // no call
  if (is_answered(record)) count_answer(record);
  usage_ += record.usage;
  cost_ += record.cost;
  const bool paid_for = is_answered(record) || record.usage.total_tokens > 0;
  if (paid_for) ++(record.cost_known ? priced_ : unpriced_);
  stages_ += record.times;
  attempts_ += static_cast<std::uint64_t>(std::max(0, record.attempts));
  sent_again_ += static_cast<std::uint64_t>(std::max(0, record.attempts - 1));
  if (record.maybe_billed) ++maybe_billed_;
  auto& point = series_.current();
  ++point.rows;
  if (record.state != RowState::done) ++point.failed;
  point.prompt_tokens += record.usage.prompt_tokens;
  point.completion_tokens += record.usage.completion_tokens;
  ++rows_since_sample_;
  tokens_since_sample_ += record.usage.completion_tokens;
}

void RunFigures::count_state(const Record& record) {
  if (record.state == RowState::done) {
    ++rows_.done;
  } else if (record.state == RowState::invalid) {
    ++rows_.invalid;
  } else if (record.kind == "unusable") {
    ++rows_.unusable;
  } else {
    ++rows_.failed;
    ++failed_by_kind_[record.kind];
  }
}

void RunFigures::count_answer(const Record& record) {
  ++verdicts_[static_cast<std::size_t>(record.verdict)];
  for (const std::size_t choice : record.choices) {
    if (choice >= chosen_.size()) chosen_.resize(choice + 1);
    ++chosen_[choice];
  }
  const auto latency = latency_of(record.times);
  latency_.record(latency);
  first_byte_.record(record.times.first_byte);
  series_.current().latency.record(latency);
}

void RunFigures::sample(const ClientStats& stats, time_point now) {
  const double at = std::chrono::duration<double>(now - start_).count();
  const double passed = std::max(0.0, std::chrono::duration<double>(now - sampled_at_).count());
  limited_.look(stats, std::chrono::duration<double>(passed));
  if (stats.requests_per_minute_allowed > 0) {
    requests_limit_.used += static_cast<double>(grown(stats_.attempts, stats.attempts));
    requests_limit_.allowed += stats.requests_per_minute_allowed * passed / 60;
    requests_limit_.guessed |= stats.requests_limit_guessed;
  }
  if (stats.tokens_per_minute_allowed > 0) {
    tokens_limit_.used += std::max(0.0, tokens_of(stats) - tokens_of(stats_));
    tokens_limit_.allowed += stats.tokens_per_minute_allowed * passed / 60;
    tokens_limit_.guessed |= stats.tokens_limit_guessed;
  }
  series_.current().in_flight_seconds += static_cast<double>(stats.calls_in_flight) * passed;
  series_.current().refusals += grown(stats_.refusals, stats.refusals);
  series_.advance(at);
  saw_in_flight(stats.calls_in_flight);
  if (rows_since_sample_ > 0) last_end_ = at;
  recent_rows_.add(static_cast<double>(rows_since_sample_), passed);
  recent_tokens_.add(static_cast<double>(tokens_since_sample_), passed);
  if (passed > 0) rows_since_sample_ = 0, tokens_since_sample_ = 0;
  stats_ = stats;
  sampled_at_ = std::max(sampled_at_, now);
}

void RunFigures::add_finished_before(std::uint64_t rows, Money cost, std::uint64_t failed) {
  rows_.failed_before += failed;
  rows_.finished_before += rows;
  cost_before_ += cost;
}

const Words* RunFigures::words_waited_for() const {
  constexpr double long_ago = 60;
  const auto* words = last_words();
  if (!words || stats_.calls_waiting == 0) return nullptr;
  const bool told_to_wait = stats_.calls_told_to_wait > 0 || stats_.resumes_in.count() > 0;
  return told_to_wait || wall().count() - words->at <= long_ago ? words : nullptr;
}

std::optional<std::chrono::duration<double>> RunFigures::time_left() const {
  const auto ended_now = rows_.ended() - rows_.finished_before;
  if (rows_.left() == 0) return std::chrono::duration<double>(0);
  if (ended_now == 0) return std::nullopt;
  // Nothing for a minute, or for three times what a row takes of late: stopped, not slow.
  const double usual_gap = last_end_ / static_cast<double>(ended_now);
  if (wall().count() - last_end_ > std::max(60.0, 3 * usual_gap)) return std::nullopt;
  const bool slow = usual_gap > 5;
  const double rate = slow ? 1 / usual_gap : recent_rows_per_s();
  if (!(rate > 0)) return std::nullopt;
  return std::chrono::duration<double>(static_cast<double>(rows_.left()) / rate) + stats_.resumes_in;
}

}  // namespace headway::job
