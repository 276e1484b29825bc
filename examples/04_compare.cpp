// The article's question, measured: N calls one after another, by a thread pool of 8, by gather.
//   04_compare [N... = 8]     what would take longer than 20 s is not run: "about" is reckoned from one call

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <headway/headway.hpp>

#include "support/measure.hpp"

template <class Work>
void row(const char* way, std::size_t calls, std::size_t at_once, double one_call, Work work) {
  const double reckoned = std::ceil(static_cast<double>(calls) / static_cast<double>(at_once)) * one_call;
  std::printf("| %5zu | %-17s | ", calls, way);
  if (reckoned > 20) {
    std::printf("about %5.0f |       - |         - |             - |\n", reckoned);
    return;
  }
  const auto cost = measure::of(work);
  std::printf("%11.2f | %7d | %9.1f | %13.2f |\n", cost.seconds, cost.threads, cost.peak_mb,
              cost.cpu_ms / static_cast<double>(calls));
  std::fflush(stdout);
}

int main(int argc, char** argv) try {
  headway::OpenAIOptions options;
  options.max_tokens = 32;
  headway::OpenAI llm(options);
  llm.invoke("Hello how are you?");  // connect and warm the model up before anything is measured
  const double one = measure::of([&] { llm.invoke("Hello how are you?"); }).seconds;

  std::printf("| calls | way               | seconds     | threads | peak (MB) | CPU/call (ms) |\n");
  std::printf("|-------|-------------------|-------------|---------|-----------|---------------|\n");
  for (int i = 1; i < std::max(argc, 2); ++i) {
    const std::size_t calls = argc > 1 ? std::strtoul(argv[i], nullptr, 10) : 8;
    const std::vector<std::string> prompts(calls, "Hello how are you?");
    row("one after another", calls, 1, one, [&] {
      for (const auto& prompt : prompts) llm.invoke(prompt);
    });
    row("thread pool of 8", calls, 8, one, [&] {
      headway::ThreadPoolExecutor executor{8};
      executor.map([&](const std::string& prompt) { return llm.invoke(prompt); }, prompts);
    });
    row("gather", calls, calls, one, [&] {
      headway::run([&]() -> headway::awaitable<void> {
        std::vector<headway::awaitable<std::string>> tasks;
        for (const auto& prompt : prompts) tasks.push_back(llm.ainvoke(prompt));
        co_await headway::gather(std::move(tasks));
      });
    });
  }
} catch (const headway::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
