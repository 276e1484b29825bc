#include <gtest/gtest.h>

#include <chrono>
#include <cmath>

#include <boost/json.hpp>

#include "job/report/figures_json.hpp"
#include "job/report/human.hpp"
#include "job/report/report_text.hpp"
#include "job/report/run_figures.hpp"

namespace headway::job {
namespace {

using namespace std::chrono_literals;
const RunFigures::time_point figures_start{1h};

Record record(RowState state, std::string kind = "") {
  Record record;
  record.state = state;
  record.kind = std::move(kind);
  record.attempts = 1;
  return record;
}

Record answered(std::chrono::nanoseconds latency) {
  auto done = record(RowState::done);
  done.times.quota = 10s;
  done.times.first_byte = latency;
  done.usage.prompt_tokens = 10;
  done.usage.completion_tokens = 5;
  done.cost = Money::of_dollars(0.25);
  return done;
}

ClientStats in_flight(std::size_t calls, LimitedBy limit = LimitedBy::requests) {
  ClientStats stats;
  stats.calls_in_flight = calls;
  stats.limited_by = limit;
  return stats;
}

TEST(RunFigures, CountsEachRowOnce) {
  RunFigures figures(100, figures_start);
  figures.add_finished_before(20, Money::of_dollars(1));
  figures.count(answered(1s));
  auto cut = answered(1s);
  cut.verdict = Verdict::cut;
  figures.count(cut);
  auto refused = record(RowState::failed, "unusable");
  refused.verdict = Verdict::not_json;
  figures.count(refused);
  auto failed = record(RowState::failed, "timeout");
  failed.attempts = 3;
  failed.maybe_billed = true;
  figures.count(failed);
  auto invalid = record(RowState::invalid, "invalid");
  invalid.attempts = 0;
  figures.count(invalid);
  const auto& rows = figures.rows();
  EXPECT_EQ(rows.done, 2u);
  EXPECT_EQ(rows.unusable, 1u);
  EXPECT_EQ(rows.failed, 1u);
  EXPECT_EQ(rows.invalid, 1u);
  EXPECT_EQ(rows.ended(), 25u);
  EXPECT_EQ(rows.left(), 75u);
  EXPECT_EQ(figures.failed_by_kind(), (std::map<std::string, std::uint64_t>{{"timeout", 1}}));
  EXPECT_EQ(figures.verdicts()[static_cast<std::size_t>(Verdict::usable)], 1u);
  EXPECT_EQ(figures.verdicts()[static_cast<std::size_t>(Verdict::cut)], 1u);
  EXPECT_EQ(figures.verdicts()[static_cast<std::size_t>(Verdict::not_json)], 1u);
  EXPECT_EQ(figures.attempts(), 6u);
  EXPECT_EQ(figures.sent_again(), 2u);
  EXPECT_EQ(figures.maybe_billed(), 1u);
  EXPECT_EQ(figures.cost(), Money::of_dollars(0.5));
  EXPECT_EQ(figures.usage().prompt_tokens, 20);
}

TEST(RunFigures, LatencyIsWithoutTheWaitForLimits) {
  RunFigures figures(2, figures_start);
  figures.count(answered(2s));
  EXPECT_NEAR(std::chrono::duration<double>(figures.latency().percentile(50)).count(), 2, 0.02);
  EXPECT_EQ(figures.stages().quota, 10s);
}

TEST(RunFigures, TellsTheTimeThatIsLeft) {
  RunFigures figures(1000, figures_start);
  EXPECT_FALSE(figures.time_left());
  for (int second = 1; second <= 30; ++second) {
    for (int row = 0; row < 10; ++row) figures.count(answered(1s));
    figures.sample(in_flight(10), figures_start + std::chrono::seconds(second));
  }
  ASSERT_TRUE(figures.time_left());
  EXPECT_NEAR(figures.time_left()->count(), 70, 1);
  auto parked = in_flight(10);
  parked.resumes_in = 3600s;
  figures.sample(parked, figures_start + 30s);
  EXPECT_NEAR(figures.time_left()->count(), 3670, 1) << "a server that says when to ask again is believed";
  EXPECT_NEAR(figures.recent_rows_per_s(), 10, 0.1);
  EXPECT_NEAR(figures.recent_tokens_per_s(), 50, 0.5);
  figures.sample(in_flight(10), figures_start + 100s);
  EXPECT_FALSE(figures.time_left()) << "nothing ended for more than a minute";
}

TEST(RunFigures, KnowsTheTimeOfASlowRunToo) {
  RunFigures figures(10, figures_start);
  for (int i = 1; i <= 3; ++i) {
    figures.count(answered(100s));
    figures.sample(in_flight(1), figures_start + std::chrono::seconds(100 * i));
  }
  figures.sample(in_flight(1), figures_start + 390s);
  ASSERT_TRUE(figures.time_left());
  EXPECT_NEAR(figures.time_left()->count(), 700, 1);
}

TEST(RunFigures, TellsTheShareOfTheLimit) {
  RunFigures figures(1000, figures_start);
  auto stats = in_flight(1);
  stats.requests_per_minute_allowed = 60;
  EXPECT_FALSE(figures.requests_limit().share());
  figures.sample(stats, figures_start);
  stats.attempts = 30;
  figures.sample(stats, figures_start + 60s);
  ASSERT_TRUE(figures.requests_limit().share());
  EXPECT_NEAR(*figures.requests_limit().share(), 0.5, 1e-9);
  EXPECT_FALSE(figures.tokens_limit().share());
  EXPECT_EQ(limit_used_text(figures), "50 % of the requests that are allowed");
  stats.requests_limit_guessed = true;
  figures.sample(stats, figures_start + 60s);
  EXPECT_EQ(limit_used_text(figures),
            "50 % of the requests that are allowed; requests by a guess from refusals, --rpm sets them");
  stats.attempts = 500;  // all at once, after a rest
  figures.sample(stats, figures_start + 61s);
  EXPECT_EQ(*figures.requests_limit().share(), 1);
}

TEST(RunFigures, NotesWhatLimitedWhileCallsWereUnderWay) {
  RunFigures figures(10, figures_start);
  figures.sample(in_flight(5, LimitedBy::tokens), figures_start + 3s);
  figures.sample(in_flight(5, LimitedBy::server), figures_start + 4s);
  figures.sample(in_flight(0, LimitedBy::cpu), figures_start + 50s);
  EXPECT_EQ(figures.limited().shares(), "tokens 75 % of the time, server 25 %");
  EXPECT_EQ(figures.peak_in_flight(), 5u);
}

TEST(RunSeries, KeepsItsSumsInBoundedMemory) {
  RunSeries series;
  constexpr int samples = 100'000;
  for (int i = 1; i <= samples; ++i) {
    ++series.current().rows;
    series.current().latency.record(100ms);
    series.current().in_flight_seconds += 0.5 * 8;
    series.advance(0.5 * i);
  }
  const auto points = series.points();
  EXPECT_LE(points.size(), RunSeries::most_points + 1);
  EXPECT_GE(points.size(), RunSeries::most_points / 2);
  std::uint64_t rows = 0, latencies = 0;
  double at = 0;
  for (const auto& point : points) {
    EXPECT_EQ(point.from, at);
    EXPECT_NEAR(point.in_flight(), 8, 1e-6);
    EXPECT_NEAR(point.per_second(static_cast<double>(point.rows)), 2, 1e-6);
    at = point.to;
    rows += point.rows;
    latencies += point.latency.count();
  }
  EXPECT_EQ(rows, std::uint64_t{samples});
  EXPECT_EQ(latencies, std::uint64_t{samples});
  EXPECT_EQ(at, 0.5 * samples);
  const auto few = series.points(50);
  EXPECT_LE(few.size(), 50u);
  EXPECT_EQ(few.back().to, at);
}

TEST(RunSeries, TakesATimeThatStandsStillOrGoesBack) {
  RunSeries series;
  series.advance(0);
  series.advance(-5);
  EXPECT_TRUE(series.points().empty());
  series.advance(1000);
  series.advance(1);
  ASSERT_EQ(series.points().size(), 1u);
  EXPECT_EQ(series.points().front().seconds(), 1000);
}

TEST(LatencyCounts, IsWithinFivePercent) {
  for (const auto latency : {20us, 1000us, 123'456us, 60'000'000us, 3'000'000'000us}) {
    LatencyCounts counts;
    counts.record(latency);
    const auto ratio = static_cast<double>(counts.percentile(99).count()) /
                       static_cast<double>(std::chrono::nanoseconds(latency).count());
    EXPECT_NEAR(ratio, 1, 0.05) << latency.count();
  }
  LatencyCounts counts;
  EXPECT_EQ(counts.percentile(50), 0ns);
  counts.record(-1s);
  counts.record(1000h);
  EXPECT_LT(counts.percentile(50), 20us);
  EXPECT_GT(counts.percentile(99), 1h);
}

RunFacts facts() {
  RunFacts facts;
  facts.output = "out.jsonl";
  facts.errors = "out.errors.jsonl";
  facts.settings = {{"base_url", "https://me:secret@host/v1?a=b@c"}, {"OPENAI_API_KEY", "sk-secret"}, {"model", "m"}};
  return facts;
}

TEST(FiguresJson, HasStableNamesAndNoKey) {
  RunFigures figures(3, figures_start);
  figures.count(answered(1s));
  figures.count(record(RowState::failed, "server"));
  figures.sample(in_flight(2), figures_start + 1s);
  const auto text = report_json(figures, facts());
  EXPECT_EQ(text.find("secret"), std::string::npos) << text;
  const auto json = boost::json::parse(text).as_object();
  EXPECT_EQ(json.at("rows").at("done").to_number<int>(), 1);
  EXPECT_EQ(json.at("rows").at("left").to_number<int>(), 1);
  EXPECT_EQ(json.at("failed_by_kind").at("server").to_number<int>(), 1);
  EXPECT_EQ(json.at("cost_usd").to_number<double>(), 0.25);
  EXPECT_NEAR(json.at("latency_ms").at("p99").to_number<double>(), 1000, 10);
  EXPECT_EQ(json.at("run").at("wall_s").to_number<double>(), 1);
  EXPECT_EQ(json.at("settings").at("base_url").as_string(), "https://host/v1?a=b@c");
  EXPECT_TRUE(json.at("limit_used").at("tokens").is_null());
  EXPECT_FALSE(json.at("limit_guessed").at("requests").as_bool());
  for (const auto& column : json.at("series").as_object())
    EXPECT_EQ(column.value().as_array().size(), 1u) << column.key();
}

TEST(FiguresJson, ACostThatIsNotKnownIsNotZero) {
  RunFigures figures(2, figures_start);
  auto unpriced = answered(1s);
  unpriced.cost = Money();
  unpriced.cost_known = false;
  figures.count(unpriced);
  const auto cost = [&] { return boost::json::parse(report_json(figures, RunFacts())).as_object().at("cost_usd"); };
  EXPECT_TRUE(cost().is_null());
  EXPECT_NE(report_text(figures, RunFacts()).find("cost       not known: the model has no price\n"), std::string::npos);
  figures.count(answered(1s));
  EXPECT_TRUE(cost().is_null());
  EXPECT_NE(report_text(figures, RunFacts()).find("cost       $0.25, and 1 answer without a price\n"),
            std::string::npos);
}

TEST(FiguresJson, ACostSaysWhereItsPricesStand) {
  RunFigures figures(1, figures_start);
  figures.count(answered(1s));
  RunFacts facts;
  EXPECT_NE(report_text(figures, facts).find("cost       $0.25\n"), std::string::npos) << "the provider's own sum";
  facts.prices_from = {"prices.json of 2026-11-01", "published prices of 2026-11-30"};
  const auto text = report_text(figures, facts);
  EXPECT_NE(text.find("cost       $0.25, by prices.json of 2026-11-01, published prices of 2026-11-30\n"),
            std::string::npos)
      << text;
  const auto json = boost::json::parse(report_json(figures, facts)).as_object();
  EXPECT_EQ(json.at("prices_from").as_array().size(), 2U);
}

TEST(FiguresJson, AProvidersOwnSumIsACostWithoutAPrice) {
  RunFigures figures(1, figures_start);
  figures.count(answered(1s));
  auto unpriced = RunFacts();
  unpriced.priced = false;
  EXPECT_EQ(boost::json::parse(report_json(figures, unpriced)).as_object().at("cost_usd").to_number<double>(), 0.25);
}

TEST(FiguresJson, IsWholeBeforeAnythingHappened) {
  const RunFigures figures(0, figures_start);
  const auto json = boost::json::parse(report_json(figures, RunFacts())).as_object();
  EXPECT_TRUE(json.at("latency_ms").is_null());
  EXPECT_EQ(json.at("rates").at("rows_per_s").to_number<double>(), 0);
}

TEST(ReportText, SaysWhatFailedAndWhatToDo) {
  RunFigures figures(3, figures_start);
  figures.count(answered(1s));
  figures.count(record(RowState::failed, "quota_exhausted"));
  figures.sample(in_flight(2), figures_start + 1s);
  auto stopped = facts();
  stopped.end = RunEnd::stopped;
  stopped.reason = "the account has no money left";
  const auto text = report_text(figures, stopped);
  EXPECT_NE(text.find("stopped: the account has no money left\n"), std::string::npos) << text;
  EXPECT_NE(text.find("1 of 3 done, 1 failed, 1 left\n"), std::string::npos);
  EXPECT_NE(text.find("1 quota_exhausted    The account"), std::string::npos);
  EXPECT_NE(text.find("out.errors.jsonl"), std::string::npos);
  EXPECT_NE(text.find("cost       $0.25\n"), std::string::npos);
}

TEST(ReportText, LeavesOutWhatSaysNothing) {
  const RunFigures figures(0, figures_start);
  const auto text = report_text(figures, RunFacts());
  for (const auto* word : {"latency", "limited", "errors", "note", "nan", "inf"}) {
    EXPECT_EQ(text.find(word), std::string::npos) << text;
  }
}

TEST(Human, WritesFiguresForPeople) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1'234'567), "1,234,567");
  EXPECT_EQ(shortened(0.25), "0.25");
  EXPECT_EQ(shortened(999.7), "1.0k");
  EXPECT_EQ(shortened(12'345), "12.3k");
  EXPECT_EQ(shortened(3.1e6), "3.1M");
  EXPECT_EQ(shortened(std::nan("")), "–");
  EXPECT_EQ(duration_text(59.99s), "1 min 00 s");
  EXPECT_EQ(duration_text(200s), "3 min 20 s");
  EXPECT_EQ(duration_text(2h + 5min), "2 h 05 min");
  EXPECT_EQ(duration_text(76h), "3 d 04 h");
  EXPECT_EQ(duration_text(-1s), "0.0 s");
  EXPECT_EQ(latency_text(840ms), "840 ms");
  EXPECT_EQ(latency_text(1240ms), "1.24 s");
  EXPECT_EQ(dollars_text(Money()), "$0");
  EXPECT_EQ(dollars_text(Money::of_dollars(0.0000424)), "$0.000042");
  EXPECT_EQ(dollars_text(Money::of_dollars(0.21)), "$0.21");
  EXPECT_EQ(dollars_text(Money::of_dollars(1234.5)), "$1,234.50");
  EXPECT_EQ(percent_text(0.974), "97 %");
  EXPECT_EQ(percent_text(0.004), "0.4 %");
}

}  // namespace
}  // namespace headway::job
