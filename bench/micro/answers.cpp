// What a call needs of an answer's JSON.

#include <string>

#include <benchmark/benchmark.h>

#include "wire/answer.hpp"
#include "wire/provider_error.hpp"

namespace headway::wire {
namespace {

constexpr std::size_t padding = 64;  // as the bodies that come from the network have it

std::string completion(std::size_t size) {
  return R"({"id":"cmpl-9xQ2","object":"text_completion","created":1760000000,"model":"gpt-3.5-turbo-instruct",)"
         R"("choices":[{"text":")" +
         std::string(size, 'x') +
         R"(","index":0,"logprobs":null,"finish_reason":"stop"}],)"
         R"("usage":{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12}})";
}

std::string chat(std::size_t size) {
  return R"({"id":"chatcmpl-9xQ2","object":"chat.completion","created":1760000000,"model":"gpt-4o-mini",)"
         R"("choices":[{"index":0,"message":{"role":"assistant","content":")" +
         std::string(size, 'x') +
         R"(","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],)"
         R"("usage":{"prompt_tokens":19,"completion_tokens":10,"total_tokens":29,)"
         R"("prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0}},"service_tier":"default"})";
}

void read_again_and_again(benchmark::State& state, const std::string& body, Form form) {
  for ([[maybe_unused]] auto _ : state) {
    std::string copy;
    copy.reserve(body.size() + padding);
    copy = body;
    Answer answer;
    if (read_answer(copy, form, answer)) state.SkipWithError("it is no answer");
    benchmark::DoNotOptimize(answer);
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}

void json_completion(benchmark::State& state) {
  read_again_and_again(state, completion(static_cast<std::size_t>(state.range())), Form::completion);
}
BENCHMARK(json_completion)->ArgName("text")->Arg(100)->Arg(2'000)->Arg(100'000);

void json_chat(benchmark::State& state) {
  read_again_and_again(state, chat(static_cast<std::size_t>(state.range())), Form::chat);
}
BENCHMARK(json_chat)->ArgName("text")->Arg(100)->Arg(2'000)->Arg(100'000);

void json_refusal(benchmark::State& state) {
  const std::string body =
      R"({"error":{"message":"Rate limit reached for gpt-4o-mini on requests per min (RPM): Limit 500, Used 500.",)"
      R"("type":"requests","param":null,"code":"rate_limit_exceeded"}})";
  for ([[maybe_unused]] auto _ : state) {
    auto error = decode_error(429, body);
    benchmark::DoNotOptimize(error);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(json_refusal);

}  // namespace
}  // namespace headway::wire
