// The bodies of requests.

#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "wire/encode.hpp"

namespace headway::wire {
namespace {

ModelOptions usual_options() {
  ModelOptions options;
  options.model = "gpt-3.5-turbo-instruct";
  options.temperature = 0.7;
  options.max_tokens = 256;
  return options;
}

void encode_completion(benchmark::State& state) {
  const std::string prompt(static_cast<std::size_t>(state.range()), 'x');
  const auto options = usual_options();
  for ([[maybe_unused]] auto _ : state) {
    auto body = completion_body(prompt, options);
    benchmark::DoNotOptimize(body);
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * state.range());
}
BENCHMARK(encode_completion)->ArgName("prompt")->Arg(100)->Arg(2'000)->Arg(100'000);

void encode_chat(benchmark::State& state) {
  const std::string text(static_cast<std::size_t>(state.range()), 'x');
  const std::vector<Message> messages{Message("system", "You answer in one word."), Message("user", text)};
  const auto options = usual_options();
  for ([[maybe_unused]] auto _ : state) {
    auto body = chat_body(messages, options);
    benchmark::DoNotOptimize(body);
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * state.range());
}
BENCHMARK(encode_chat)->ArgName("prompt")->Arg(100)->Arg(2'000)->Arg(100'000);

void encode_with_extra_body(benchmark::State& state) {
  auto options = usual_options();
  options.extra_body = R"({"top_p":0.9,"logit_bias":{"50256":-100},"metadata":{"run":"nightly"}})";
  for ([[maybe_unused]] auto _ : state) {
    auto body = completion_body("Hello how are you?", options);
    benchmark::DoNotOptimize(body);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(encode_with_extra_body);

}  // namespace
}  // namespace headway::wire
