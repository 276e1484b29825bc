// bench_pacing: headway's pacing and others', against simulated providers. docs/pacing.md says how to read it.

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "pacing/cluster/table.hpp"
#include "pacing/frontier.hpp"
#include "pacing/simulation.hpp"
#include "pacing/table.hpp"

namespace headway::pacing {
namespace {

constexpr std::string_view usage =
    "usage: bench_pacing [--case TEXT] [--strategy TEXT] [--runs N] [--trace] [--markdown] [--json FILE]\n"
    "       bench_pacing --frontier [--runs N]\n"
    "       bench_pacing --leases [--case TEXT] [--runs N]\n"
    "  --case, --strategy  only those whose name contains TEXT (a TEXT that ends in $: is TEXT)\n"
    "  --runs N            the mean of N runs with different seeds; if not given 3, or 1 with --leases\n"
    "  --trace             a line for each simulated second of the first seed\n"
    "  --markdown          print the table in Markdown\n"
    "  --frontier          what jitter alone costs on slices, instead of the cases\n"
    "  --leases            one limit for many workers, instead of the cases\n"
    "  --json FILE         write all figures to FILE as well\n";

struct Options {
  std::string plan;
  std::string strategy;
  std::uint64_t runs = 0;  // not given
  bool trace = false;
  bool markdown = false;
  bool frontier = false;
  bool leases = false;
  std::string json;
};

Options read_options(int count, char** arguments) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string_view name = arguments[i];
    const auto value = [&] {
      if (i + 1 == count) throw std::invalid_argument(std::string(name) + " needs a value");
      return std::string(arguments[++i]);
    };
    if (name == "--case") {
      options.plan = value();
    } else if (name == "--strategy") {
      options.strategy = value();
    } else if (name == "--runs") {
      options.runs = std::stoul(value());
      if (options.runs == 0) throw std::invalid_argument("--runs must be at least 1");
    } else if (name == "--trace") {
      options.trace = true;
    } else if (name == "--markdown") {
      options.markdown = true;
    } else if (name == "--frontier") {
      options.frontier = true;
    } else if (name == "--leases") {
      options.leases = true;
    } else if (name == "--json") {
      options.json = value();
    } else {
      throw std::invalid_argument("unknown option " + std::string(name));
    }
  }
  if (options.runs == 0) options.runs = options.leases ? 1 : 3;
  return options;
}

bool chosen(const std::string& name, const std::string& text) {
  if (text.ends_with('$')) return name == text.substr(0, text.size() - 1);
  return name.find(text) != std::string::npos;
}

Result simulate_case(const Case& plan, const Options& options) {
  Result result{&plan, {}};
  for (const auto& strategy : all_strategies()) {
    if (!chosen(strategy.name, options.strategy)) continue;
    if (options.trace) simulate(plan, strategy, 1, &std::cout);
    result.rows.push_back({strategy.name, simulate_all(plan, strategy, options.runs)});
  }
  return result;
}

// Cases know nothing of each other, so each processor takes the next one.
std::vector<Result> simulate_cases(const std::vector<const Case*>& plans, const Options& options) {
  std::vector<Result> results(plans.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < plans.size(); i = next++) results[i] = simulate_case(*plans[i], options);
  };
  const unsigned threads = options.trace ? 1 : std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::jthread> others;
  for (unsigned i = 1; i < threads; ++i) others.emplace_back(work);
  work();
  others.clear();
  return results;
}

void run(const Options& options) {
  if (options.leases) return print_cluster_table(std::cout, options.plan, options.runs);
  if (options.frontier) return print_frontier(std::cout, options.runs);
  std::vector<const Case*> plans;
  for (const auto& plan : all_cases()) {
    if (chosen(plan.name, options.plan)) plans.push_back(&plan);
  }
  const auto results = simulate_cases(plans, options);
  if (results.empty()) throw std::invalid_argument("no such case");
  if (!options.json.empty()) {
    std::ofstream file(options.json);
    print_json(file, results);
    if (!file.flush()) throw std::runtime_error("cannot write " + options.json);
  }
  options.markdown ? print_markdown(std::cout, results) : print_text(std::cout, results);
}

}  // namespace
}  // namespace headway::pacing

int main(int count, char** arguments) {
  try {
    headway::pacing::run(headway::pacing::read_options(count, arguments));
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << "bench_pacing: " << error.what() << '\n' << headway::pacing::usage;
    return EXIT_FAILURE;
  }
}
