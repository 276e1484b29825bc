#include "job/report/svg_plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "job/json_text.hpp"
#include "job/report/human.hpp"

namespace headway::job {
namespace {

constexpr double width = 560, height = 190;
constexpr double left = 52, right = 14, top = 12, bottom = 26;

class Scale {
 public:
  Scale(double from, double to, double most) : from_(from), to_(to), most_(most > 0 ? most : 1) {}
  double operator()(double value) const { return from_ + (to_ - from_) * value / most_; }

 private:
  double from_, to_, most_;
};

double greatest_of(const Plot& plot) {
  double most = 0;
  for (const auto& line : plot.lines) {
    for (const double value : line.values) most = std::isfinite(value) ? std::max(most, value) : most;
  }
  return most;
}

// The line, or with `area` what is below it. Where there is no value it goes on to the next; a lone one is a dot.
std::string path_of(const Plot& plot, const PlotLine& line, const Scale& x, const Scale& y, bool area) {
  std::string path;
  double begin = 0, last = 0;
  for (std::size_t i = 0; i < std::min(plot.seconds.size(), line.values.size()); ++i) {
    if (!std::isfinite(line.values[i])) continue;
    last = x(plot.seconds[i]);
    if (path.empty()) begin = last;
    path +=
        fmt::format("{}{:.1f},{:.1f}{}", path.empty() ? "M" : "L", last, y(line.values[i]), path.empty() ? "h0" : "");
  }
  if (area && !path.empty()) path += fmt::format("L{0:.1f},{2:.1f}L{1:.1f},{2:.1f}Z", last, begin, y(0));
  return path;
}

std::string tick_text(double tick) {
  return tick < 1000 ? fmt::format("{:g}", tick) : shortened(tick);
}

void add_axes(std::string& svg, const Plot& plot, const std::vector<double>& ticks, const Scale& x, const Scale& y) {
  const auto out = std::back_inserter(svg);
  for (const double tick : ticks) {
    fmt::format_to(out, R"(<line class="grid" x1="{0}" x2="{1}" y1="{2:.1f}" y2="{2:.1f}"/>)", left, width - right,
                   y(tick));
    fmt::format_to(out, R"(<text class="axis" text-anchor="end" x="{}" y="{:.1f}">{}</text>)", left - 8, y(tick) + 4,
                   tick_text(tick));
  }
  for (const double tick : time_ticks_to(plot.until)) {
    fmt::format_to(out, R"(<text class="axis" text-anchor="middle" x="{:.1f}" y="{}">{}</text>)", x(tick), height - 7,
                   time_tick_text(tick));
  }
}

std::string legend_of(const Plot& plot) {
  std::string legend;
  for (std::size_t i = 0; i < plot.lines.size(); ++i) {
    if (plot.lines[i].name.empty()) continue;
    legend += fmt::format(R"(<span class="legend k{}">{}</span>)", i, html(plot.lines[i].name));
  }
  return legend;
}

}  // namespace

std::vector<double> ticks_to(double most) {
  if (!(most > 0) || !std::isfinite(most)) return {0, 1};
  constexpr double wanted = 4;
  const double rough = most / wanted;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double factor : {1.0, 2.0, 2.5, 5.0}) {
    if (factor * power >= rough * 0.999) {
      step = factor * power;
      break;
    }
  }
  std::vector<double> ticks;
  const auto count = static_cast<int>(std::ceil(most / step - 1e-9));
  for (int i = 0; i <= std::max(1, count); ++i) ticks.push_back(i * step);
  return ticks;
}

std::vector<double> time_ticks_to(double most) {
  constexpr std::array<double, 22> steps = {0.1, 0.2, 0.5, 1,    2,    5,    10,    15,    30,    60,    120,
                                            300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800};
  constexpr double wanted = 6;
  double step = steps.back();
  for (const double candidate : steps) {
    if (most / candidate <= wanted) {
      step = candidate;
      break;
    }
  }
  while (most / step > wanted) step *= 2;
  std::vector<double> ticks;
  for (int i = 0; i * step <= most * 1.0001; ++i) ticks.push_back(i * step);
  return ticks;
}

std::string time_tick_text(double seconds) {
  if (seconds == 0) return "0";
  const auto in = [&](double unit, const char* name) {
    return fmt::format("{:g} {}", std::round(seconds / unit * 10) / 10, name);
  };
  if (seconds < 60) return in(1, "s");
  if (seconds < 3600) return std::fmod(seconds, 60) == 0 ? in(60, "min") : in(1, "s");
  if (seconds < 86400) return std::fmod(seconds, 3600) == 0 ? in(3600, "h") : in(60, "min");
  return in(86400, "d");
}

std::string html(std::string_view text) {
  std::string escaped;
  for (const char c : repaired_utf8(text)) {
    if (c == '&')
      escaped += "&amp;";
    else if (c == '<')
      escaped += "&lt;";
    else if (c == '>')
      escaped += "&gt;";
    else if (c == '"')
      escaped += "&quot;";
    else if (c == '\'')
      escaped += "&#39;";
    else
      escaped += c;
  }
  return escaped;
}

std::string svg_plot(const Plot& plot) {
  const auto ticks = ticks_to(greatest_of(plot));
  const Scale x(left, width - right, plot.until);
  const Scale y(height - bottom, top, ticks.back());
  std::string svg;
  add_axes(svg, plot, ticks, x, y);
  for (std::size_t i = plot.lines.size(); i-- > 0;) {
    const auto& line = plot.lines[i];
    if (i == 0) svg += fmt::format(R"(<path class="a0" d="{}"/>)", path_of(plot, line, x, y, true));
    svg += fmt::format(R"(<path class="l{}" d="{}"/>)", i, path_of(plot, line, x, y, false));
  }
  return fmt::format(R"(<figure><figcaption><b>{}</b> <span class="unit">{}</span>{}</figcaption>)"
                     R"(<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg></figure>)",
                     html(plot.title), html(plot.unit), legend_of(plot), width, height, html(plot.title), svg);
}

}  // namespace headway::job
