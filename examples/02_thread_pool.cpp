// Two threads, each of which waits for its own call.

#include <future>
#include <iostream>
#include <string>
#include <syncstream>
#include <vector>

#include <headway/headway.hpp>

std::string task(const headway::OpenAI& llm, const std::string& prompt) {
  std::osyncstream(std::cout) << "prompt: " << prompt << '\n';
  return llm.invoke(prompt);
}

int main() try {
  headway::OpenAI llm;
  const std::vector<std::string> prompts{"Hello how are you?", "What is the capital of France?"};

  headway::ThreadPoolExecutor executor{2};  // max_workers
  std::vector<std::future<std::string>> futures;
  for (const auto& prompt : prompts) {
    futures.push_back(executor.submit(task, llm, prompt));
  }
  for (auto& future : futures) {
    const auto answer = future.get();
    std::osyncstream(std::cout) << "answer: " << answer << '\n';
  }
} catch (const headway::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
