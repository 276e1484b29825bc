#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <limits>

#include <boost/json.hpp>

#include "job/report/figures_json.hpp"
#include "job/report/limited_time.hpp"
#include "job/report/live_view.hpp"
#include "job/report/report_page.hpp"
#include "job/report/svg_plot.hpp"

namespace headway::job {
namespace {

using namespace std::chrono_literals;
const RunFigures::time_point views_start{1h};

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  for (const char c : text) columns += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  return columns;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

RunFigures busy(bool priced = true) {
  RunFigures figures(1'234'567, views_start);
  ClientStats stats;
  stats.calls_in_flight = 640;
  stats.calls_waiting = 12;
  stats.limited_by = LimitedBy::requests;
  stats.requests_per_minute = 598;
  stats.requests_per_minute_allowed = 600;
  for (int second = 1; second <= 30; ++second) {
    for (int row = 0; row < 10; ++row) {
      Record record;
      record.usage.completion_tokens = 100;
      record.times.first_byte = 1s;
      record.cost = Money::of_dollars(priced ? 0.01 : 0);
      record.cost_known = priced;
      figures.count(record);
    }
    figures.sample(stats, views_start + std::chrono::seconds(second));
  }
  return figures;
}

TEST(LimitedNow, CallsAGuessAGuessAndSaysWhatSetsIt) {
  ClientStats stats;
  stats.calls_in_flight = 640;
  stats.limited_by = LimitedBy::requests;
  stats.requests_per_minute = 84;
  stats.requests_per_minute_allowed = 92;
  EXPECT_EQ(limited_now(stats), "requests a minute: 84 of 92");
  stats.requests_limit_guessed = true;
  EXPECT_EQ(limited_now(stats), "requests a minute: 84 of 92, a guess from refusals: --rpm sets it");
  stats.limited_by = LimitedBy::tokens;
  stats.tokens_per_minute = 700;
  stats.tokens_per_minute_allowed = 1000;
  stats.tokens_limit_guessed = true;
  EXPECT_EQ(limited_now(stats), "tokens a minute: 700 of 1000, a guess from refusals: --tpm sets it");
}

TEST(LiveView, FitsEveryWidth) {
  const auto figures = busy();
  for (std::size_t width = 0; width <= 200; ++width) {
    const auto lines = live_lines(figures, RunFacts(), width);
    EXPECT_GE(lines.size(), 3u);
    for (const auto& line : lines) {
      EXPECT_LE(columns_of(line), std::max<std::size_t>(20, width)) << line;
      EXPECT_FALSE(contains(line, "\n"));
    }
  }
}

TEST(LiveView, ShowsWhatMatters) {
  const auto lines = live_lines(busy(), RunFacts(), 120);
  EXPECT_TRUE(contains(lines[0], "0 %  300/1,234,567  1 d 10 h left")) << lines[0];
  EXPECT_TRUE(contains(lines[1], "10.0 rows/s  1k tokens/s  640 in flight  12 of them waiting")) << lines[1];
  EXPECT_TRUE(contains(lines[2], "0 failed  $3.00  0 refusals  30 s")) << lines[2];
  EXPECT_EQ(lines[3], "limited by requests a minute: 598 of 600");
}

TEST(LiveView, SaysWhatTheProviderSaidWhileCallsWait) {
  auto figures = busy();
  ErrorInfo why;
  why.kind = ErrorKind::rate_limited;
  why.status = 429;
  why.provider_message = "Rate limit reached for m";
  figures.attempt_failed(why, views_start + 31s);
  ClientStats waiting;
  waiting.calls_in_flight = waiting.calls_waiting = 5;
  figures.sample(waiting, views_start + 40s);
  const std::string said = "waits after HTTP 429, 9.0 s ago: Rate limit reached for m";
  EXPECT_EQ(live_lines(figures, RunFacts(), 120).back(), said);
  EXPECT_TRUE(contains(progress_line(figures, RunFacts()), ", " + said));
  const auto json = boost::json::parse(progress_json(figures, RunFacts()));
  EXPECT_EQ(json.at("waits_after").at("said").as_string(), "Rate limit reached for m");
  figures.sample(waiting, views_start + 92s);
  EXPECT_EQ(figures.words_waited_for(), nullptr) << "it was long ago";
  waiting.calls_told_to_wait = 5;
  figures.sample(waiting, views_start + 93s);
  EXPECT_NE(figures.words_waited_for(), nullptr) << "but it holds";
  waiting.calls_waiting = waiting.calls_told_to_wait = 0;
  figures.sample(waiting, views_start + 94s);
  EXPECT_EQ(figures.words_waited_for(), nullptr) << "none waits";
}

TEST(LiveView, SaysThatTheTimeIsNotKnown) {
  const RunFigures figures(10, views_start);
  EXPECT_TRUE(contains(live_lines(figures, RunFacts(), 80)[0], "– left"));
  EXPECT_TRUE(contains(progress_line(figures, RunFacts()), "– left"));
  const auto json = boost::json::parse(progress_json(figures, RunFacts()));
  EXPECT_TRUE(json.at("time_left_s").is_null());
  EXPECT_TRUE(json.at("limited_by").is_null());
}

TEST(LiveView, IsOneLineForALogAndForPrograms) {
  const auto figures = busy();
  const auto line = progress_line(figures, RunFacts());
  EXPECT_FALSE(contains(line, "\n"));
  EXPECT_TRUE(contains(line, "30 s: 300 of 1,234,567 rows, 0 failed, 10.0 rows/s")) << line;
  EXPECT_TRUE(contains(line, "limited by requests a minute: 598 of 600"));
  const auto json = boost::json::parse(progress_json(figures, RunFacts())).as_object();
  EXPECT_EQ(json.at("rows_done").to_number<int>(), 300);
  EXPECT_EQ(json.at("rows_total").to_number<int>(), 1'234'567);
  EXPECT_EQ(json.at("limited_by").as_string(), "requests");
  auto unpriced = RunFacts();
  unpriced.priced = false;
  EXPECT_FALSE(contains(progress_line(busy(false), unpriced), "$"));
}

TEST(LiveView, CutsBetweenCharacters) {
  EXPECT_EQ(fitted("abcdef", 6), "abcdef");
  EXPECT_EQ(fitted("abcdefg", 6), "abcde…");
  EXPECT_EQ(fitted("日本語です", 6), "日本…");
  EXPECT_EQ(fitted("日本語", 6), "日本語");
  EXPECT_EQ(fitted("abc", 0), "");
  EXPECT_EQ(fitted("█░█░", 3), "█░…");
}

TEST(SvgPlot, HasRoundTicks) {
  EXPECT_EQ(ticks_to(10), (std::vector<double>{0, 2.5, 5, 7.5, 10}));
  EXPECT_EQ(ticks_to(0), (std::vector<double>{0, 1}));
  EXPECT_EQ(time_ticks_to(3600), (std::vector<double>{0, 600, 1200, 1800, 2400, 3000, 3600}));
  for (double most = 1e-4; most < 1e9; most *= 1.7) {
    const auto ticks = ticks_to(most);
    EXPECT_GE(ticks.back(), most * 0.999999);
    EXPECT_GE(ticks.size(), 3u);
    EXPECT_LE(ticks.size(), 6u) << most;
    const auto times = time_ticks_to(most);
    EXPECT_LE(times.size(), 7u) << most;
    EXPECT_LE(times.back(), most * 1.001);
  }
  EXPECT_EQ(time_tick_text(0), "0");
  EXPECT_EQ(time_tick_text(30), "30 s");
  EXPECT_EQ(time_tick_text(300), "5 min");
  EXPECT_EQ(time_tick_text(7200), "2 h");
  EXPECT_EQ(time_tick_text(86400), "1 d");
}

TEST(SvgPlot, DrawsNoNumberThatIsNone) {
  Plot plot;
  plot.title = "a<b";
  plot.seconds = {0, 1, 2, 3};
  plot.until = 3;
  const double gap = std::numeric_limits<double>::quiet_NaN();
  plot.lines = {{"x", {gap, 1, gap, 2}}};
  const auto svg = svg_plot(plot);
  EXPECT_FALSE(contains(svg, "nan"));
  EXPECT_FALSE(contains(svg, "inf"));
  EXPECT_TRUE(contains(svg, "a&lt;b"));
  plot.lines = {{"x", {0, 0, 0, 0}}};
  plot.until = 0;
  EXPECT_FALSE(contains(svg_plot(plot), "nan"));
}

TEST(ReportPage, EscapesAllThatUsersWrite) {
  RunFacts facts;
  const std::string evil = "</script><script>alert('x')</script><!--&";
  facts.input = facts.output = facts.reason = facts.started_at = evil;
  facts.settings = {{evil, evil}};
  auto figures = busy();
  Record record;
  record.state = RowState::failed;
  record.kind = evil;
  figures.count(record);
  const auto page = report_page(figures, facts);
  EXPECT_FALSE(contains(page, "alert('x')</script>"));
  EXPECT_FALSE(contains(page, "<!--"));
  const auto begin = page.find("<script");
  EXPECT_EQ(begin, page.rfind("<script")) << "one script element, of JSON";
  EXPECT_FALSE(contains(page, "http://"));
  EXPECT_FALSE(contains(page, "https://"));
}

TEST(ReportPage, HoldsItsFigures) {
  const auto figures = busy();
  const auto page = report_page(figures, RunFacts());
  const std::string_view tag = "<script type=\"application/json\" id=\"figures\">";
  const auto begin = page.find(tag) + tag.size();
  const auto json = boost::json::parse(std::string_view(page).substr(begin, page.find("</script>", begin) - begin));
  EXPECT_EQ(json, boost::json::parse(report_json(figures, RunFacts())));
  EXPECT_TRUE(contains(page, "data-figure=\"rows.done_in_all\" data-value=\"300\""));
  EXPECT_FALSE(contains(report_page(RunFigures(0, views_start), RunFacts()), "nan"));
}

}  // namespace
}  // namespace headway::job
