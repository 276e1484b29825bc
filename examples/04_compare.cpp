// The article's question, measured: N calls one after another, by a thread pool, by gather.
//
//   04_compare [N... = 8]       a way that would take longer than 20 s is not run but reckoned from one call, and says "about"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <headway/headway.hpp>

#include "support/measure.hpp"

constexpr std::size_t workers = 8;
constexpr double longest = 20;  // seconds

struct Comparison {
  const headway::OpenAI& llm;
  double one_call;  // seconds
  std::vector<std::string> prompts;

  template <class Work>
  void row(const char* way, double at_once, Work work) const {
    const double reckoned = std::ceil(static_cast<double>(prompts.size()) / at_once) * one_call;
    std::printf("| %5zu | %-17s | ", prompts.size(), way);
    if (reckoned > longest) {
      std::printf("about %5.0f |       - |         - |             - |\n", reckoned);
    } else {
      const auto cost = measure::of(work);
      std::printf("%11.2f | %7d | %9.1f | %13.2f |\n", cost.seconds, cost.threads, cost.peak_mb,
                  cost.cpu_ms / static_cast<double>(prompts.size()));
    }
    std::fflush(stdout);
  }

  void all_ways() const {
    row("one after another", 1, [&] {
      for (const auto& prompt : prompts) llm.invoke(prompt);
    });
    row("thread pool of 8", workers, [&] {
      headway::ThreadPoolExecutor executor{workers};
      executor.map([&](const std::string& prompt) { return llm.invoke(prompt); }, prompts);
    });
    row("gather", static_cast<double>(prompts.size()), [&] {
      headway::run([&]() -> headway::awaitable<void> {
        std::vector<headway::awaitable<std::string>> tasks;
        for (const auto& prompt : prompts) tasks.push_back(llm.ainvoke(prompt));
        co_await headway::gather(tasks);
      });
    });
  }
};

int main(int argc, char** argv) try {
  headway::OpenAIOptions options;
  options.max_tokens = 32;
  const headway::OpenAI llm(options);
  llm.invoke("Hello how are you?");  // connect and warm the model up before anything is measured
  const double one_call = measure::of([&] { llm.invoke("Hello how are you?"); }).seconds;

  std::printf("| calls | way               | seconds     | threads | peak (MB) | CPU/call (ms) |\n");
  std::printf("|-------|-------------------|-------------|---------|-----------|---------------|\n");
  std::vector<std::size_t> counts;
  for (int i = 1; i < argc; ++i) counts.push_back(std::strtoul(argv[i], nullptr, 10));
  if (counts.empty()) counts.push_back(8);
  for (const auto calls : counts) {
    std::vector<std::string> prompts;
    for (std::size_t i = 1; i <= calls; ++i)
      prompts.push_back("Say something about the number " + std::to_string(i) + ".");
    Comparison{llm, one_call, std::move(prompts)}.all_ways();
  }
} catch (const headway::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
