// Sends N prompts to a model in one of the article's ways, each asking for a number of tokens of its own, so that an
// answer shows which prompt it belongs to. Prints a line for each prompt, in order: tokens of the answer, its bytes.
//
//   three_ways invoke|thread_pool|gather|batch N

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <headway/headway.hpp>

namespace {

headway::CallOptions tokens_of(int index) {
  headway::CallOptions options;
  options.max_tokens = 1 + index % 16;
  options.extra_body = R"({"ignore_eos": true, "stop": ["-- never --"]})";  // none would be the server's own
  return options;
}

std::string prompt_of(int index) {
  return "The number after " + std::to_string(index) + " is";
}

std::vector<headway::Response> one_after_another(const headway::OpenAI& llm, int count) {
  std::vector<headway::Response> responses;
  for (int i = 0; i < count; ++i) responses.push_back(llm.generate(prompt_of(i), tokens_of(i)));
  return responses;
}

std::vector<headway::Response> by_thread_pool(const headway::OpenAI& llm, int count) {
  headway::ThreadPoolExecutor executor{8};
  std::vector<int> indexes;
  for (int i = 0; i < count; ++i) indexes.push_back(i);
  return executor.map([&](int i) { return llm.generate(prompt_of(i), tokens_of(i)); }, indexes);
}

std::vector<headway::Response> by_gather(const headway::OpenAI& llm, int count) {
  std::vector<headway::awaitable<headway::Response>> tasks;
  for (int i = 0; i < count; ++i) tasks.push_back(llm.agenerate(prompt_of(i), tokens_of(i)));
  return headway::run(headway::gather(std::move(tasks)));
}

std::vector<headway::Response> by_batch(const headway::OpenAI& llm, int count) {
  std::vector<std::string> prompts;
  for (int i = 0; i < count; ++i) prompts.push_back(prompt_of(i));
  std::vector<headway::Response> responses;
  for (auto& outcome : llm.batch_outcomes(prompts, {}, tokens_of(3))) responses.push_back(std::move(outcome).value());
  return responses;
}

std::vector<headway::Response> ask(std::string_view way, const headway::OpenAI& llm, int count) {
  if (way == "invoke") return one_after_another(llm, count);
  if (way == "thread_pool") return by_thread_pool(llm, count);
  if (way == "gather") return by_gather(llm, count);
  return by_batch(llm, count);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) return 2;
  const headway::OpenAI llm;
  for (const auto& response : ask(argv[1], llm, std::atoi(argv[2]))) {
    std::printf("%lld %zu %s\n", static_cast<long long>(response.usage.completion_tokens), response.text().size(),
                response.finish_reason().c_str());
  }
} catch (const headway::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
