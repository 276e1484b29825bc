#include <iostream>

#include <headway/headway.hpp>

// Nothing answers at the discard port: what counts is that all of the library is there, and that its error arrives.
int main() {
  headway::OpenAIOptions options;
  options.base_url = "http://127.0.0.1:9/v1";
  options.max_retries = 0;
  const headway::OpenAI llm(options);
  try {
    llm.invoke("Hello how are you?");
  } catch (const headway::Error& error) {
    std::cout << to_string(error.kind()) << '\n';
    return error.kind() == headway::ErrorKind::connect ? 0 : 1;
  }
  return 1;
}
