#include "job/report/figures_json.hpp"

#include <algorithm>
#include <cmath>

#include <boost/json.hpp>

#include "job/answer/judge.hpp"
#include "job/json_text.hpp"

namespace headway::job {
namespace {

namespace json = boost::json;

// Figures of a report, not of a scale: three places after the point.
double rounded(double value) {
  return std::isfinite(value) ? std::round(value * 1e3) / 1e3 : 0;
}

double seconds(std::chrono::nanoseconds time) {
  return rounded(std::chrono::duration<double>(time).count());
}

double milliseconds(std::chrono::nanoseconds time) {
  return rounded(std::chrono::duration<double, std::milli>(time).count());
}

double per(double amount, double of) {
  return of > 0 ? rounded(amount / of) : 0;
}

json::object run_of(const RunFigures& figures, const RunFacts& facts) {
  return {{"ended", to_string(facts.end)},
          {"reason", repaired_utf8(facts.reason)},
          {"input", repaired_utf8(facts.input)},
          {"output", repaired_utf8(facts.output)},
          {"errors", repaired_utf8(facts.errors)},
          {"started_at", facts.started_at},
          {"wall_s", rounded(figures.wall().count())}};
}

json::object rows_of(const RunFigures& figures) {
  const auto& rows = figures.rows();
  return {{"total", rows.total},
          {"finished_before", rows.finished_before},
          {"done", rows.done},
          {"done_in_all", rows.done_in_all()},
          {"failed", rows.failed},
          {"unusable", rows.unusable},
          {"invalid", rows.invalid},
          {"left", rows.left()},
          {"maybe_sent_twice", figures.maybe_sent_twice()},
          {"in_doubt", figures.in_doubt()}};
}

json::object failures_of(const RunFigures& figures) {
  json::object object;
  for (const auto& [kind, count] : figures.failed_by_kind()) object[kind] = count;
  return object;
}

json::object answers_of(const RunFigures& figures) {
  json::object object;
  for (std::size_t i = 0; i < RunFigures::verdicts_count; ++i) {
    object[to_string(static_cast<Verdict>(i))] = figures.verdicts()[i];
  }
  return object;
}

json::object chosen_of(const RunFigures& figures, const RunFacts& facts) {
  json::object object;
  for (std::size_t i = 0; i < facts.choices.size(); ++i) object[facts.choices[i]] = figures.chosen(i);
  return object;
}

json::object tokens_of(const Usage& usage) {
  return {{"prompt", usage.prompt_tokens},
          {"completion", usage.completion_tokens},
          {"cached", usage.cached_tokens},
          {"reasoning", usage.reasoning_tokens}};
}

json::object calls_of(const RunFigures& figures) {
  return {{"attempts", figures.attempts()},
          {"sent_again", figures.sent_again()},
          {"refusals", figures.refusals()},
          {"maybe_billed", figures.maybe_billed()},
          {"peak_in_flight", figures.peak_in_flight()},
          {"connections_opened", figures.stats().connections_opened}};
}

json::object rates_of(const RunFigures& figures) {
  const auto& rows = figures.rows();
  const double wall = figures.wall().count();
  const auto& usage = figures.usage();
  return {{"rows_per_s", per(static_cast<double>(rows.done + rows.failed + rows.unusable), wall)},
          {"prompt_tokens_per_s", per(static_cast<double>(usage.prompt_tokens), wall)},
          {"completion_tokens_per_s", per(static_cast<double>(usage.completion_tokens), wall)}};
}

json::value percentiles_of(const Histogram& histogram) {
  if (histogram.count() == 0) return nullptr;
  return {{"p50", milliseconds(histogram.percentile(50))},
          {"p90", milliseconds(histogram.percentile(90))},
          {"p99", milliseconds(histogram.percentile(99))},
          {"max", milliseconds(histogram.max())}};
}

json::object stages_of(const StageTimes& stages) {
  return {{"quota", seconds(stages.quota)},
          {"slot", seconds(stages.slot)},
          {"queued", seconds(stages.queued)},
          {"connect", seconds(stages.connect)},
          {"send", seconds(stages.send)},
          {"first_byte", seconds(stages.first_byte)},
          {"body", seconds(stages.first_token + stages.body)},
          {"backoff", seconds(stages.backoff)}};
}

json::object limited_of(const LimitedTime& limited) {
  json::object object;
  for (const auto& [limit, time] : limited.seconds()) object[to_string(limit)] = rounded(time);
  return object;
}

json::value share_of(const LimitShare& limit) {
  const auto share = limit.share();
  return share ? json::value(rounded(*share)) : json::value();
}

json::object series_of(const RunSeries& series) {
  const auto points = series.points();
  const auto column = [&](auto value_of) {
    json::array values;
    values.reserve(points.size());
    for (const auto& point : points) values.push_back(value_of(point));
    return values;
  };
  const auto rate = [&](auto SeriesPoint::*sum) {
    return column(
        [=](const SeriesPoint& p) { return json::value(rounded(p.per_second(static_cast<double>(p.*sum)))); });
  };
  const auto latency = [&](double percent) {
    return column([=](const SeriesPoint& p) {
      return p.latency.count() > 0 ? json::value(milliseconds(p.latency.percentile(percent))) : json::value();
    });
  };
  return {{"from_s", column([](const SeriesPoint& p) { return json::value(rounded(p.from)); })},
          {"to_s", column([](const SeriesPoint& p) { return json::value(rounded(p.to)); })},
          {"rows_per_s", rate(&SeriesPoint::rows)},
          {"failed_per_s", rate(&SeriesPoint::failed)},
          {"prompt_tokens_per_s", rate(&SeriesPoint::prompt_tokens)},
          {"completion_tokens_per_s", rate(&SeriesPoint::completion_tokens)},
          {"in_flight", column([](const SeriesPoint& p) { return json::value(rounded(p.in_flight())); })},
          {"refusals_per_s", rate(&SeriesPoint::refusals)},
          {"latency_p50_ms", latency(50)},
          {"latency_p99_ms", latency(99)}};
}

}  // namespace

json::value words_value(const Words* words, double now) {
  if (!words) return nullptr;
  return {{"status", words->status},
          {"kind", words->kind},
          {"said", words->text},
          {"times", words->times},
          {"ago_s", rounded(std::max(0.0, now - words->at))}};
}

json::object figures_json(const RunFigures& figures, const RunFacts& facts) {
  json::object settings;
  for (const auto& [name, value] : shown_settings(facts)) settings[name] = value;
  const auto cost = [&](Money money) {
    return figures.cost_is_known(facts.priced) ? json::value(money.dollars()) : json::value();
  };
  return {
      {"format", 1},
      {"run", run_of(figures, facts)},
      {"rows", rows_of(figures)},
      {"failed_by_kind", failures_of(figures)},
      {"answers", answers_of(figures)},
      {"choices", chosen_of(figures, facts)},
      {"tokens", tokens_of(figures.usage())},
      {"cost_usd", cost(figures.cost())},
      {"prices_from", json::array(facts.prices_from.begin(), facts.prices_from.end())},
      {"learned", json::array(facts.learned.begin(), facts.learned.end())},
      {"cost_before_usd", cost(figures.cost_before())},
      {"calls", calls_of(figures)},
      {"waits_after", words_value(figures.last_words(), figures.wall().count())},
      {"rates", rates_of(figures)},
      {"latency_ms", percentiles_of(figures.latency())},
      {"first_byte_ms", percentiles_of(figures.first_byte())},
      {"stage_s", stages_of(figures.stages())},
      {"limited_by_s", limited_of(figures.limited())},
      {"limit_used", {{"requests", share_of(figures.requests_limit())}, {"tokens", share_of(figures.tokens_limit())}}},
      {"limit_guessed", {{"requests", figures.requests_limit().guessed}, {"tokens", figures.tokens_limit().guessed}}},
      {"series", series_of(figures.series())},
      {"settings", std::move(settings)}};
}

std::string report_json(const RunFigures& figures, const RunFacts& facts) {
  return json::serialize(figures_json(figures, facts));
}

}  // namespace headway::job
