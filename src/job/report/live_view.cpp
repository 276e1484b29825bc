#include "job/report/live_view.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "job/report/figures_json.hpp"
#include "job/report/human.hpp"
#include "job/report/limited_time.hpp"

namespace headway::job {
namespace {

constexpr std::size_t narrowest = 20;
constexpr std::string_view unknown = "–";

std::size_t size_of_character(char first) {
  const auto byte = static_cast<unsigned char>(first);
  if (byte < 0xC0) return 1;
  if (byte < 0xE0) return 2;
  return byte < 0xF0 ? 3 : 4;
}

// Roughly as terminals have it: three bytes from U+1100 on, but for punctuation and boxes, and all of four bytes.
std::size_t terminal_columns(std::string_view character) {
  if (character.size() == 4) return 2;
  if (character.size() < 3) return 1;
  const auto first = static_cast<unsigned char>(character[0]), second = static_cast<unsigned char>(character[1]);
  const unsigned code = (first & 0x0Fu) << 12 | (second & 0x3Fu) << 6;
  const bool wide = (code >= 0x1100 && code < 0x1180) || (code >= 0x2E80 && code < 0xD7C0) ||
                    (code >= 0xF900 && code < 0xFB00) || (code >= 0xFF00 && code < 0xFF80);
  return wide ? 2 : 1;
}

std::size_t columns_in(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const auto character = text.substr(0, size_of_character(text.front()));
    columns += terminal_columns(character);
    text.remove_prefix(character.size());
  }
  return columns;
}

std::string time_left_text(const RunFigures& figures) {
  const auto left = figures.time_left();
  return left ? duration_text(*left) : std::string(unknown);
}

double share_ended(const RowCounts& rows) {
  return rows.total > 0 ? std::min(1.0, static_cast<double>(rows.ended()) / static_cast<double>(rows.total)) : 0;
}

std::string bar_of(double share, std::size_t width) {
  const auto full = static_cast<std::size_t>(std::floor(share * static_cast<double>(width)));
  std::string bar;
  for (std::size_t i = 0; i < width; ++i) bar += i < full ? "█" : "░";
  return bar;
}

// As many of the parts as go into the width, the first ones first.
std::string joined(const std::vector<std::string>& parts, std::size_t width) {
  std::string line;
  for (const auto& part : parts) {
    if (part.empty()) continue;
    const auto longer = line.empty() ? part : fmt::format("{}  {}", line, part);
    if (!line.empty() && columns_in(longer) > width) break;
    line = longer;
  }
  return fitted(line, width);
}

std::string bar_line(const RunFigures& figures, std::size_t width) {
  const auto& rows = figures.rows();
  const auto share = share_ended(rows);
  const auto percent = fmt::format("{:.0f} %", std::floor(100 * share));
  const auto counts = fmt::format("{}/{}", grouped(rows.ended()), grouped(rows.total));
  const auto left = time_left_text(figures) + " left";
  constexpr std::size_t least_bar = 10, most_bar = 40, gaps = 2;
  auto text = fmt::format("{}  {}  {}", percent, counts, left);
  if (columns_in(text) + gaps + least_bar > width) text = fmt::format("{}  {}", percent, left);
  if (columns_in(text) + gaps + least_bar > width) return fitted(text, width);
  return bar_of(share, std::min(most_bar, width - columns_in(text) - gaps)) + "  " + text;
}

std::string failures_text(const RowCounts& rows) {
  std::string text = grouped(rows.failed) + " failed";
  if (rows.unusable > 0) text += fmt::format(", {} not usable", grouped(rows.unusable));
  return text;
}

std::string live_cost(const RunFigures& figures, const RunFacts& facts) {
  return figures.cost_is_known(facts.priced) ? dollars_text(figures.cost()) : "";
}

std::string limited_text(const RunFigures& figures) {
  const auto limited = limited_now(figures.stats());
  return limited.empty() ? "" : "limited by " + limited;
}

std::string waits_text(const RunFigures& figures) {
  const auto* words = figures.words_waited_for();
  return words ? "waits after " + words_text(*words, figures.wall().count()) : "";
}

}  // namespace

std::string fitted(std::string_view text, std::size_t width) {
  if (columns_in(text) <= width) return std::string(text);
  std::string cut;
  std::size_t columns = 0;
  while (!text.empty()) {
    const auto character = text.substr(0, size_of_character(text.front()));
    columns += terminal_columns(character);
    if (columns + 1 > width) break;
    cut += character;
    text.remove_prefix(character.size());
  }
  return width > 0 ? cut + "…" : "";
}

std::vector<std::string> live_lines(const RunFigures& figures, const RunFacts& facts, std::size_t width) {
  width = std::max(width, narrowest);
  const auto& stats = figures.stats();
  const std::vector<std::string> parts = {
      shortened(figures.recent_rows_per_s()) + " rows/s",
      shortened(figures.recent_tokens_per_s()) + " tokens/s",
      grouped(stats.calls_in_flight) + " in flight",
      stats.calls_waiting > 0 ? grouped(stats.calls_waiting) + " of them waiting" : "",
  };
  std::vector<std::string> lines = {
      bar_line(figures, width),
      joined(parts, width),
      joined({failures_text(figures.rows()), live_cost(figures, facts), grouped(figures.refusals()) + " refusals",
              duration_text(figures.wall())},
             width),
  };
  for (const auto& why : {limited_text(figures), waits_text(figures)}) {
    if (!why.empty()) lines.push_back(fitted(why, width));
  }
  return lines;
}

std::string progress_line(const RunFigures& figures, const RunFacts& facts) {
  const auto& rows = figures.rows();
  auto line = fmt::format(
      "{}: {} of {} rows, {}, {} rows/s, {} tokens/s, {} in flight, {} refusals", duration_text(figures.wall()),
      grouped(rows.ended()), grouped(rows.total), failures_text(rows), shortened(figures.recent_rows_per_s()),
      shortened(figures.recent_tokens_per_s()), grouped(figures.stats().calls_in_flight), grouped(figures.refusals()));
  if (figures.cost_is_known(facts.priced)) line += ", " + live_cost(figures, facts);
  line += ", " + time_left_text(figures) + " left";
  for (const auto& why : {limited_text(figures), waits_text(figures)}) {
    if (!why.empty()) line += ", " + why;
  }
  return line;
}

std::string progress_json(const RunFigures& figures, const RunFacts& facts) {
  namespace json = boost::json;
  const auto& rows = figures.rows();
  const auto& stats = figures.stats();
  const auto left = figures.time_left();
  const auto rounded = [](double value) { return std::round(value * 1e3) / 1e3; };
  const json::object object = {
      {"rows_total", rows.total},
      {"rows_done", rows.done},
      {"rows_failed", rows.failed},
      {"rows_unusable", rows.unusable},
      {"rows_invalid", rows.invalid},
      {"rows_finished_before", rows.finished_before},
      {"rows_left", rows.left()},
      {"rows_per_s", rounded(figures.recent_rows_per_s())},
      {"tokens_per_s", rounded(figures.recent_tokens_per_s())},
      {"in_flight", stats.calls_in_flight},
      {"waiting", stats.calls_waiting},
      {"refusals", figures.refusals()},
      {"cost_usd", figures.cost_is_known(facts.priced) ? json::value(figures.cost().dollars()) : json::value()},
      {"wall_s", rounded(figures.wall().count())},
      {"time_left_s", left ? json::value(rounded(left->count())) : json::value()},
      {"limited_by", stats.calls_in_flight > 0 ? json::value(to_string(stats.limited_by)) : json::value()},
      {"waits_after", words_value(figures.words_waited_for(), figures.wall().count())},
  };
  return json::serialize(object);
}

}  // namespace headway::job
