#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headway::job {

/// One line of a plot.
struct PlotLine {
  PlotLine(std::string name_, std::vector<double> values_) : name(std::move(name_)), values(std::move(values_)) {}

  std::string name;            ///< for the legend; empty: it needs none
  std::vector<double> values;  ///< one a place; not a number: there is none
};

/// Something over the time of a run.
struct Plot {
  Plot() {}

  std::string title;
  std::string unit;             ///< behind the title, e.g. "ms"
  std::vector<double> seconds;  ///< where the values stand, rising
  double until = 0;             ///< seconds: where the time axis ends
  std::vector<PlotLine> lines;  ///< at most two are told apart by colour
};

/// As a <figure> with an inline <svg>, styled by the page's classes: figure, legend, grid, axis, l0, l1, a0.
std::string svg_plot(const Plot& plot);

/// Where an axis from 0 to `most` has its ticks: 3 to 6 round numbers, the last one not below `most`.
std::vector<double> ticks_to(double most);
/// The same for seconds, in steps that clocks have; none is above `most`.
std::vector<double> time_ticks_to(double most);
/// "0", "30 s", "5 min", "2 h", "1 d".
std::string time_tick_text(double seconds);

/// `text` so that it can stand in HTML, attributes included.
std::string html(std::string_view text);

}  // namespace headway::job
