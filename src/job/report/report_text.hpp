#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "job/report/run_facts.hpp"
#include "job/report/run_figures.hpp"

namespace headway::job {

/// The report for a terminal: aligned lines, each with its line end; what is zero and says nothing is left out.
std::string report_text(const RunFigures& figures, const RunFacts& facts);

// What the page says in the same words.

/// Rows by why they failed, "unusable" and "invalid" too; the most first.
std::vector<std::pair<std::string, std::uint64_t>> failed_rows(const RunFigures& figures);
/// "good 12, bad 3, unsure 0"; empty: there was nothing to choose.
std::string choices_text(const RunFigures& figures, const RunFacts& facts);
/// Where prices stand, as a list; empty: nothing was charged by a price.
std::string prices_text(const RunFacts& facts);
/// "p50 1.42 s, p90 ..."; empty: nothing was measured.
std::string percentiles_text(const Histogram& histogram);
/// "12 cut, 3 empty": the answers that are not usable, by verdict; empty: there are none.
std::string unusable_text(const RunFigures& figures);
/// "37 % waiting for limits, 60 % to the first byte": the stages that took most of the rows' time; empty: none was taken.
std::string stages_text(const RunFigures& figures);
/// "97 % of the requests a minute"; empty: no limit was known.
std::string limit_used_text(const RunFigures& figures);

}  // namespace headway::job
