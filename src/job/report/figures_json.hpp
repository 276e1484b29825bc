#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "job/report/run_facts.hpp"
#include "job/report/run_figures.hpp"

namespace headway::job {

/// All figures of a run under names that stay: "format" (1), "run", "rows", "failed_by_kind", "answers", "tokens",
/// "cost_usd", "calls", "waits_after", "rates", "latency_ms", "first_byte_ms", "stage_s", "limited_by_s", "limit_used",
/// "limit_guessed", "series", "settings". Units are in the names; null is what is not known. "series" is a list a column, all
/// of one length.
boost::json::object figures_json(const RunFigures& figures, const RunFacts& facts);

/// What was said to attempts that are made again, as of `now` (see Words::at): {"status", "kind", "said", "times", "ago_s"};
/// null: nothing was.
boost::json::value words_value(const Words* words, double now);

/// figures_json() as text in one line.
std::string report_json(const RunFigures& figures, const RunFacts& facts);

}  // namespace headway::job
