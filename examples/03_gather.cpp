// All calls at once on one thread, none of which is held while they wait.

#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <headway/headway.hpp>

headway::awaitable<std::string> task(headway::OpenAI llm, std::string prompt) {
  std::cout << "prompt: " << prompt << std::endl;
  co_return co_await llm.ainvoke(prompt);
}

headway::awaitable<void> amain() {
  headway::OpenAI llm;
  const std::vector<std::string> prompts{"Hello how are you?", "What is the capital of France?"};

  std::vector<headway::awaitable<std::string>> tasks;
  for (const auto& prompt : prompts) tasks.push_back(task(llm, prompt));

  const auto responses = co_await headway::gather(std::move(tasks));
  for (const auto& response : responses) std::cout << "answer: " << response << '\n';
}

int main() try {
  headway::run(amain());  // asyncio.run
} catch (const headway::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
