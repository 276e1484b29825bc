#include "pacing/table.hpp"

#include <algorithm>
#include <cstdio>
#include <ostream>

namespace headway::pacing {
namespace {

std::string number(double value, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

std::string lost(double in_1000) {
  return in_1000 > 0 && in_1000 < 0.05 ? "< 0.1" : number(in_1000, in_1000 > 0 ? 1 : 0);
}

std::string waiting(double seconds) {
  return seconds < 10 ? number(seconds, 2) : number(seconds, seconds < 1000 ? 1 : 0);
}

std::string recovery(const Measures& measures) {
  if (!measures.recovery) return "";
  return *measures.recovery < 0 ? "never" : number(*measures.recovery, 0);
}

const std::vector<std::string> titles{"share %", "after 30 s", "refused",    "after 30 s",
                                      "lost",    "retried",    "waiting, s", "recovery, s"};

std::vector<std::string> cells(const Measures& m) {
  return {number(m.share, 1), number(m.share_after_30s, 1), number(m.refusals, 1), number(m.refusals_after_30s, 1),
          lost(m.lost),       number(m.retries, 1),         waiting(m.waiting),    recovery(m)};
}

const Measures* find(const Result& result, std::string_view strategy) {
  const auto row = std::find_if(result.rows.begin(), result.rows.end(),
                                [&](const Row& candidate) { return candidate.strategy == strategy; });
  return row != result.rows.end() ? &row->measures : nullptr;
}

void add(std::string& list, const std::string& text) {
  list += (list.empty() ? "" : "; ") + text;
}

std::string goal(const Case& plan) {
  std::string list;
  if (plan.near_oracle) {
    add(list, "oracle's share - 2");
  } else {
    if (plan.least_share > 0) add(list, "share >= " + number(plan.least_share, 0));
    if (plan.most_refusals < 1000) add(list, "refused <= " + number(plan.most_refusals, 0));
  }
  if (plan.most_waiting < 1000) add(list, "waiting <= " + waiting(plan.most_waiting));
  return list;
}

void print_goals(std::ostream& out, const std::vector<Result>& results) {
  out << "| case | what it is | goal, with 0 lost | headway: share % | refused | lost | missed |\n"
         "|---|---|---|---:|---:|---:|---|\n";
  for (const auto& result : results) {
    const auto* headway = find(result, "headway");
    if (!headway) continue;
    out << "| " << result.plan->name << " | " << result.plan->what << " | " << goal(*result.plan) << " | "
        << number(headway->share_after_30s, 1) << " | " << number(headway->refusals_after_30s, 1) << " | "
        << lost(headway->lost) << " | " << missed(result) << " |\n";
  }
}

}  // namespace

std::string missed(const Result& result) {
  const auto* headway = find(result, "headway");
  if (!headway) return "";
  std::string list;
  const auto& plan = *result.plan;
  const auto* best = find(result, "oracle");
  const double nearby = std::min(100.0, best ? best->share_after_30s : 100.0) - 2;
  const double least = plan.near_oracle ? nearby : plan.least_share;
  if (headway->share_after_30s < least) {
    add(list, "share " + number(headway->share_after_30s, 1) + " < " + number(least, 1));
  }
  if (!plan.near_oracle && headway->refusals_after_30s > plan.most_refusals) {
    add(list, "refusals " + number(headway->refusals_after_30s, 1) + " > " + number(plan.most_refusals, 0));
  }
  if (headway->lost > 0) add(list, "lost " + lost(headway->lost));
  if (headway->waiting > plan.most_waiting) {
    add(list, "waiting " + waiting(headway->waiting) + " > " + waiting(plan.most_waiting));
  }
  return list;
}

void print_text(std::ostream& out, const std::vector<Result>& results) {
  const auto pad = [&](const std::string& text, std::size_t width) {
    out << std::string(width - std::min(width, text.size()), ' ') << text << "  ";
  };
  for (const auto& result : results) {
    const auto unmet = missed(result);
    out << result.plan->name << ": " << result.plan->what << (unmet.empty() ? "" : "   [missed: " + unmet + "]")
        << '\n';
    pad("", 14);
    for (const auto& title : titles) pad(title, 12);
    out << '\n';
    for (const auto& row : result.rows) {
      pad(row.strategy, 14);
      for (const auto& cell : cells(row.measures)) pad(cell, 12);
      out << '\n';
    }
    out << '\n';
  }
}

void print_markdown(std::ostream& out, const std::vector<Result>& results) {
  print_goals(out, results);
  out << "\n| case | strategy |";
  for (const auto& title : titles) out << ' ' << title << " |";
  out << "\n|---|---|";
  for (std::size_t i = 0; i < titles.size(); ++i) out << "---:|";
  out << '\n';
  for (const auto& result : results) {
    for (const auto& row : result.rows) {
      const bool first = &row == &result.rows.front();
      out << "| " << (first ? "**" + result.plan->name + "**" : "") << " | " << row.strategy << " |";
      for (const auto& cell : cells(row.measures)) out << ' ' << cell << " |";
      out << '\n';
    }
  }
}

void print_json(std::ostream& out, const std::vector<Result>& results) {
  out << "[\n";
  for (const auto& result : results) {
    out << R"({"case": ")" << result.plan->name << R"(", "what": ")" << result.plan->what << R"(", "minutes": )"
        << number(result.plan->minutes, 0) << R"(, "missed": ")" << missed(result) << "\", \"strategies\": [\n";
    for (const auto& row : result.rows) {
      const auto& m = row.measures;
      out << R"(  {"strategy": ")" << row.strategy << R"(", "share": )" << number(m.share, 3)
          << R"(, "share_after_30s": )" << number(m.share_after_30s, 3) << R"(, "refusals_per_1000": )"
          << number(m.refusals, 3) << R"(, "refusals_per_1000_after_30s": )" << number(m.refusals_after_30s, 3)
          << R"(, "lost": )" << number(m.lost, 3) << R"(, "retries_per_1000": )" << number(m.retries, 3)
          << R"(, "waiting_s": )" << number(m.waiting, 4) << R"(, "recovery_s": )"
          << (m.recovery ? number(*m.recovery, 2) : "null") << (&row == &result.rows.back() ? "}\n" : "},\n");
    }
    out << (&result == &results.back() ? "]}\n" : "]},\n");
  }
  out << "]\n";
}

}  // namespace headway::pacing
