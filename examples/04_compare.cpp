// The article's question, measured: N prompts one after another, by a thread pool, by gather.
//
//   04_compare [prompts = 32] [max_workers = 8]

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <headway/headway.hpp>

#include "support/measure.hpp"

void print(const char* way, std::size_t calls, const measure::Cost& cost) {
  std::printf("| %-22s | %7.2f | %7d | %9.1f | %13.2f |\n", way, cost.seconds, cost.threads, cost.peak_mb,
              cost.cpu_ms / static_cast<double>(calls));
  std::fflush(stdout);
}

int main(int argc, char** argv) try {
  const std::size_t calls = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 32;
  const std::size_t workers = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 8;

  headway::OpenAIOptions options;
  options.max_tokens = 32;
  headway::OpenAI llm(options);
  std::vector<std::string> prompts;
  for (std::size_t i = 1; i <= calls; ++i)
    prompts.push_back("Say something about the number " + std::to_string(i) + ".");

  llm.invoke("Hello how are you?");  // connect and warm the model up before anything is measured
  std::printf("| way (%3zu prompts)      | seconds | threads | peak (MB) | CPU/call (ms) |\n", calls);
  std::printf("|------------------------|---------|---------|-----------|---------------|\n");

  print("one after another", calls, measure::of([&] {
          for (const auto& prompt : prompts) llm.invoke(prompt);
        }));
  print(("thread pool of " + std::to_string(workers)).c_str(), calls, measure::of([&] {
          headway::ThreadPoolExecutor executor{workers};
          executor.map([&](const std::string& prompt) { return llm.invoke(prompt); }, prompts);
        }));
  print("gather", calls, measure::of([&] {
          headway::run([&]() -> headway::awaitable<void> {
            std::vector<headway::awaitable<std::string>> tasks;
            for (const auto& prompt : prompts) tasks.push_back(llm.ainvoke(prompt));
            co_await headway::gather(tasks);
          });
        }));
} catch (const headway::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
