#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "job/report/run_facts.hpp"
#include "job/report/run_figures.hpp"

// What is shown of a run while it goes on. Pure functions of the figures as of their last sample.
namespace headway::job {

/// For a terminal of `width` columns: three to five lines without line ends, none longer than that (from 20 up; of less,
/// 20). Bar, rows and time left; rates; failures, refusals and cost; what limits. The terminal shows UTF-8.
std::vector<std::string> live_lines(const RunFigures& figures, const RunFacts& facts, std::size_t width);

/// For a log, every now and then: one line without its line end.
std::string progress_line(const RunFigures& figures, const RunFacts& facts);

/// The same for programs, as JSON in one line without its line end: "rows_total", "rows_done", "rows_failed",
/// "rows_unusable", "rows_invalid", "rows_finished_before", "rows_left", "rows_per_s", "tokens_per_s", "in_flight", "waiting", "refusals",
/// "cost_usd", "wall_s", "time_left_s", "limited_by". null is what is not known.
std::string progress_json(const RunFigures& figures, const RunFacts& facts);

/// `text` with at most `width` columns, cut with "…" where it is longer. Each character counts as one column, those of
/// East Asian scripts and emoji as two.
std::string fitted(std::string_view text, std::size_t width);

}  // namespace headway::job
