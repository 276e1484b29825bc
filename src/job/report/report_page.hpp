#pragma once

#include <string>

#include "job/report/run_facts.hpp"
#include "job/report/run_figures.hpp"

namespace headway::job {

/// The report as one HTML page that needs nothing else: plots as inline SVG, no script that runs. All figures are in it as
/// JSON, in <script type="application/json" id="figures">; those that are shown large carry `data-figure`, their path in
/// it ("rows.done"), and `data-value`.
std::string report_page(const RunFigures& figures, const RunFacts& facts);

}  // namespace headway::job
