#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "pacing/measures.hpp"

namespace headway::pacing {

struct Row {
  std::string strategy;
  Measures measures;
};

/// What was simulated of one case.
struct Result {
  const Case* plan = nullptr;
  std::vector<Row> rows;
};

/// What headway misses of the case's goals, in words; empty: nothing, or headway was not simulated.
std::string missed(const Result& result);

void print_text(std::ostream& out, const std::vector<Result>& results);
void print_markdown(std::ostream& out, const std::vector<Result>& results);
void print_json(std::ostream& out, const std::vector<Result>& results);

}  // namespace headway::pacing
