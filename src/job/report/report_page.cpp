#include "job/report/report_page.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "job/answer/judge.hpp"
#include "job/report/advice.hpp"
#include "job/report/failures.hpp"
#include "job/report/figures_json.hpp"
#include "job/report/human.hpp"
#include "job/report/page_style.hpp"
#include "job/report/report_text.hpp"
#include "job/report/svg_plot.hpp"

namespace headway::job {
namespace {

namespace json = boost::json;
using Cells = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t plotted_points = 120;

std::string value_at(const json::object& figures, std::string_view path) {
  const json::value* value = nullptr;
  const auto* object = &figures;
  while (!path.empty() && object != nullptr) {
    const auto dot = path.find('.');
    value = object->if_contains(path.substr(0, dot));
    object = value != nullptr ? value->if_object() : nullptr;
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  }
  return value != nullptr ? json::serialize(*value) : "null";
}

std::string tile(const json::object& figures, std::string_view name, std::string_view path, std::string_view text,
                 std::string_view note, bool bad = false) {
  return fmt::format(
      R"(<div class="tile"><span>{}</span><b{} data-figure="{}" data-value="{}">{}</b><span>{}</span></div>)",
      html(name), bad ? R"( class="bad")" : "", path, html(value_at(figures, path)), html(text), html(note));
}

std::string tiles_of(const json::object& json, const RunFigures& figures, const RunFacts& facts) {
  const auto& rows = figures.rows();
  const auto& usage = figures.usage();
  const double wall = figures.wall().count();
  const auto a_second = [&](double amount) { return wall > 0 ? shortened(amount / wall) : "0"; };
  const auto before = rows.finished_before > 0 ? fmt::format(", {} before", grouped(rows.finished_before)) : "";
  const auto count = [](std::int64_t tokens) { return shortened(static_cast<double>(tokens)); };
  const auto prices = prices_text(facts);
  std::string tiles =
      tile(json, "Rows done", "rows.done_in_all", grouped(rows.done_in_all()), "of " + grouped(rows.total) + before);
  tiles +=
      tile(json, "Failed", "rows.failed", grouped(rows.failed),
           fmt::format("{} not usable, {} invalid", grouped(rows.unusable), grouped(rows.invalid)), rows.failed > 0);
  tiles += tile(json, "Time", "run.wall_s", duration_text(figures.wall()),
                a_second(static_cast<double>(rows.done + rows.failed + rows.unusable)) + " rows/s");
  tiles +=
      tile(json, "Tokens out", "tokens.completion", count(usage.completion_tokens),
           count(usage.prompt_tokens) + " in, " + a_second(static_cast<double>(usage.completion_tokens)) + " out/s");
  tiles += tile(json, "Cost", "cost_usd", figures.cost_is_known(facts.priced) ? dollars_text(figures.cost()) : "–",
                figures.cost_is_known(facts.priced)
                    ? (figures.cost_before() > Money() ? dollars_text(figures.cost_before()) + " before"
                       : prices.empty()                ? "as priced"
                                                       : "by " + prices)
                    : "the model has no price");
  tiles += tile(json, "Refusals", "calls.refusals", grouped(figures.refusals()),
                "of " + counted(figures.attempts(), "attempt"));
  return R"(<div class="tiles">)" + tiles + "</div>";
}

template <class Value>
std::vector<double> column(const std::vector<SeriesPoint>& points, Value value_of) {
  std::vector<double> values;
  for (const auto& point : points) values.push_back(value_of(point));
  return values;
}

double latency_at(const SeriesPoint& point, double percent) {
  if (point.latency.count() == 0) return std::numeric_limits<double>::quiet_NaN();
  return std::chrono::duration<double, std::milli>(point.latency.percentile(percent)).count();
}

std::string plots_of(const std::vector<SeriesPoint>& points) {
  if (points.empty()) return "";
  const auto seconds = column(points, [](const auto& p) { return (p.from + p.to) / 2; });
  const auto plot = [&](const char* title, const char* unit, std::vector<PlotLine> lines) {
    Plot made;
    made.title = title;
    made.unit = unit;
    made.seconds = seconds;
    made.until = points.back().to;
    made.lines = std::move(lines);
    return svg_plot(made);
  };
  const auto rate = [&](auto SeriesPoint::*sum) {
    return column(points, [=](const auto& p) { return p.per_second(static_cast<double>(p.*sum)); });
  };
  auto slow = column(points, [](const auto& p) { return latency_at(p, 99); });
  const auto longest = *std::ranges::max_element(slow, {}, [](double v) { return std::isfinite(v) ? v : 0; });
  auto usual = column(points, [](const auto& p) { return latency_at(p, 50); });
  const bool in_seconds = longest >= 10'000;
  for (auto* values : {&slow, &usual}) {
    for (auto& value : *values) value = in_seconds ? value / 1000 : value;
  }
  std::string plots = plot("Throughput", "rows a second",
                           {{"ended", rate(&SeriesPoint::rows)}, {"of them failed", rate(&SeriesPoint::failed)}});
  plots += plot("Tokens", "a second",
                {{"out", rate(&SeriesPoint::completion_tokens)}, {"in", rate(&SeriesPoint::prompt_tokens)}});
  plots += plot("Latency", in_seconds ? "seconds" : "ms", {{"p50", std::move(usual)}, {"p99", std::move(slow)}});
  plots += plot("In flight", "calls", {{"", column(points, [](const auto& p) { return p.in_flight(); })}});
  plots += plot("Refusals", "a second", {{"", rate(&SeriesPoint::refusals)}});
  return plots;
}

std::string table(const Cells& cells) {
  std::string rows;
  for (const auto& [name, value] : cells) {
    if (!value.empty()) rows += fmt::format("<tr><th>{}</th><td>{}</td></tr>", html(name), html(value));
  }
  return "<table>" + rows + "</table>";
}

std::string section(std::string_view title, const std::string& inside, bool wide = false) {
  return fmt::format("<section{}><h2>{}</h2>{}</section>", wide ? R"( class="wide")" : "", html(title), inside);
}

std::string limits_of(const RunFigures& figures) {
  double all = 0;
  std::vector<std::pair<LimitedBy, double>> sorted(figures.limited().seconds().begin(),
                                                   figures.limited().seconds().end());
  std::ranges::sort(sorted, [](const auto& a, const auto& b) { return a.second > b.second; });
  for (const auto& entry : sorted) all += entry.second;
  std::string rows;
  for (const auto& [limit, seconds] : sorted) {
    const double share = all > 0 ? seconds / all : 0;
    rows += fmt::format(
        R"(<tr><th class="kind">{}</th><td class="n">{}</td><td><div class="bar" style="width:{:.1f}%"></div></td></tr>)",
        to_string(limit), percent_text(share), 100 * share);
  }
  const auto used = limit_used_text(figures);
  return section("Limited by", "<table>" + rows + "</table>" + (used.empty() ? "" : "<p>Used: " + html(used) + "</p>"));
}

std::string failures_section(const RunFigures& figures) {
  const auto failures = failed_rows(figures);
  if (failures.empty()) return "";
  std::string rows;
  for (const auto& [kind, count] : failures) {
    rows += fmt::format(R"(<tr><th class="kind">{}</th><td class="n">{}</td><td>{}</td></tr>)", html(kind),
                        grouped(count), html(advice_for(kind)));
  }
  return section("Failed rows", "<table>" + rows + "</table>", true);
}

// The page goes to others: ids of accounts and requests are not for them.
Words blurred_words(Words words) {
  words.text = blurred(words.text);
  return words;
}

std::string calls_section(const RunFigures& figures) {
  Cells cells = {{"Attempts",
                  fmt::format("{}, {} of them sent again", grouped(figures.attempts()), grouped(figures.sent_again()))},
                 {"In flight", grouped(figures.peak_in_flight()) + " at the most"},
                 {"Connections", grouped(figures.stats().connections_opened) + " opened"}};
  if (const auto* words = figures.last_words()) {
    cells.emplace_back("Waited", "after " + words_text(blurred_words(*words), figures.wall().count()));
  }
  cells.emplace_back("Latency", percentiles_text(figures.latency()));
  cells.emplace_back("First byte", percentiles_text(figures.first_byte()));
  cells.emplace_back("Stages", stages_text(figures));
  return section("Calls", table(cells));
}

std::string answers_section(const RunFigures& figures, const RunFacts& facts) {
  const auto& usage = figures.usage();
  const auto count = [](std::int64_t tokens) {
    return grouped(static_cast<std::uint64_t>(std::max<std::int64_t>(0, tokens)));
  };
  const auto unusable = unusable_text(figures);
  Cells cells = {
      {"Tokens in", fmt::format("{}, {} of them cached", count(usage.prompt_tokens), count(usage.cached_tokens))},
      {"Tokens out",
       fmt::format("{}, {} of them reasoning", count(usage.completion_tokens), count(usage.reasoning_tokens))},
      {"Not usable", unusable.empty() ? "none" : unusable}};
  if (!facts.choices.empty()) cells.emplace_back("Choices", choices_text(figures, facts));
  if (figures.cost_is_known(facts.priced)) cells.emplace_back("Cost", dollars_text(figures.cost()));
  if (figures.cost_is_known(facts.priced) && figures.cost_before() > Money())
    cells.emplace_back("Cost before", dollars_text(figures.cost_before()));
  if (figures.maybe_sent_twice() > 0)
    cells.emplace_back("Maybe twice",
                       counted(figures.maybe_sent_twice(), "row") + " may have been sent, and billed, twice");
  if (figures.maybe_billed() > 0) cells.emplace_back("Maybe billed", counted(figures.maybe_billed(), "failed row"));
  return section("Answers", table(cells));
}

// In a script element only "</" and "<!" mean something to HTML; inside JSON "<" stands in strings only.
std::string for_script(const json::object& figures) {
  std::string text;
  for (const char c : json::serialize(figures)) {
    if (c == '<')
      text += "\\u003c";
    else
      text += c;
  }
  return text;
}

}  // namespace

std::string report_page(const RunFigures& figures, const RunFacts& facts) {
  auto json = figures_json(figures, facts);
  if (const auto* last = figures.last_words()) {
    const auto words = blurred_words(*last);
    json["waits_after"] = words_value(&words, figures.wall().count());
  }
  std::string body = fmt::format(R"(<h1>headway run <span class="badge {0}">{0}</span></h1>)", to_string(facts.end));
  std::string about = html(facts.input) + " → " + html(facts.output);
  if (!facts.started_at.empty()) about += " · started " + html(facts.started_at);
  if (!facts.reason.empty()) about += " · " + html(facts.reason);
  body += fmt::format(R"(<p class="about">{}</p>)", about);
  body += tiles_of(json, figures, facts);
  body += R"(<div class="pair">)" + plots_of(figures.series().points(plotted_points)) + limits_of(figures) + "</div>";
  body += failures_section(figures);
  body += R"(<div class="pair">)" + answers_section(figures, facts) + calls_section(figures) + "</div>";
  body += section("Settings", table(shown_settings(facts)), true);
  return fmt::format(R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>headway run: {}</title><link rel="icon" href="data:,"><style>{}</style></head>
<body>{}
<script type="application/json" id="figures">{}</script>
</body></html>
)",
                     html(facts.output), page_style, body, for_script(json));
}

}  // namespace headway::job
