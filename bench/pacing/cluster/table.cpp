#include "pacing/cluster/table.hpp"

#include <atomic>
#include <cstdio>
#include <ostream>
#include <thread>
#include <vector>

#include "pacing/cluster/case.hpp"

namespace headway::pacing {
namespace {

const char* word(Load load) {
  switch (load) {
    case Load::full:
      return "full";
    case Load::changing:
      return "changing";
    case Load::dying:
      break;
  }
  return "dying";
}

ClusterMeasures mean(const ClusterCase& plan, std::uint64_t runs) {
  ClusterMeasures sum;
  const auto add = [runs](double& to, double value) { to += value / static_cast<double>(runs); };
  for (std::uint64_t seed = 1; seed <= runs; ++seed) {
    const auto one = simulate(plan, seed);
    add(sum.share, one.share);
    add(sum.refusals, one.refusals);
    add(sum.seconds_over, one.seconds_over);
    add(sum.messages, one.messages);
  }
  return sum;
}

std::string row(const ClusterCase& plan, const ClusterMeasures& m) {
  char text[256];
  std::snprintf(text, sizeof text, "| %s | %zu | %s | %.1f | %.1f | %.1f | %.0f |\n", plan.name.c_str(), plan.workers,
                word(plan.load), m.share, m.refusals, m.seconds_over, m.messages);
  return text;
}

}  // namespace

void print_cluster_table(std::ostream& out, const std::string& name, std::uint64_t runs) {
  std::vector<const ClusterCase*> plans;
  for (const auto& plan : all_cluster_cases()) {
    if (plan.name.find(name) != std::string::npos) plans.push_back(&plan);
  }
  std::vector<std::string> rows(plans.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < plans.size(); i = next++) rows[i] = row(*plans[i], mean(*plans[i], runs));
  };
  {
    std::vector<std::jthread> others;
    for (unsigned i = 1; i < std::thread::hardware_concurrency(); ++i) others.emplace_back(work);
    work();
  }
  out << "| provider | workers | load | share % | refused | seconds over % | messages a second |\n"
         "|---|---:|---|---:|---:|---:|---:|\n";
  for (const auto& line : rows) out << line;
}

}  // namespace headway::pacing
