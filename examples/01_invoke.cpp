// One call after another: each blocks until its answer is there.

#include <iostream>

#include <headway/headway.hpp>

int main() try {
  headway::OpenAI llm;  // OPENAI_API_KEY, OPENAI_BASE_URL

  const auto prompts = {"Hello how are you?", "What is the capital of France?"};
  for (const auto* prompt : prompts) {
    std::cout << "prompt: " << prompt << '\n';
    std::cout << "answer: " << llm.invoke(prompt) << '\n';
  }
} catch (const headway::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
