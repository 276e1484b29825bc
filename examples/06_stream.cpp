// The answer while it is written: in a loop that blocks, and as coroutines, all of them at once on one thread.

#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <headway/headway.hpp>

// Leaving the loop early would cancel the call, and nothing more be paid for.
void print_as_it_comes(const headway::OpenAI& llm, const std::string& prompt) {
  std::cout << "prompt: " << prompt << "\nanswer: ";
  for (const auto& chunk : llm.stream(prompt)) {
    std::cout << chunk.text << std::flush;
    if (chunk.usage) std::cout << "\ntokens: " << chunk.usage->completion_tokens;
  }
  std::cout << '\n';
}

headway::awaitable<std::string> task(headway::OpenAI llm, std::string prompt) {
  std::string text;
  auto stream = llm.astream(prompt);
  while (auto chunk = co_await stream.next()) {
    if (text.empty() && !chunk->text.empty()) std::cout << "begins: " << prompt << std::endl;
    text += chunk->text;
  }
  co_return text;
}

headway::awaitable<void> amain() {
  headway::OpenAI llm;
  const std::vector<std::string> prompts{"Hello how are you?", "What is the capital of France?"};

  std::vector<headway::awaitable<std::string>> tasks;
  for (const auto& prompt : prompts) tasks.push_back(task(llm, prompt));
  const auto texts = co_await headway::gather(std::move(tasks));
  for (const auto& text : texts) std::cout << "answer: " << text << '\n';
}

int main() try {
  print_as_it_comes(headway::OpenAI(), "Hello how are you?");
  headway::run(amain());
} catch (const headway::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
