// A streamed answer: 50 events, in the slices in which they come.

#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "wire/sse.hpp"
#include "wire/stream_decoder.hpp"

namespace headway::wire {
namespace {

constexpr int events = 50;

std::string chat_stream() {
  std::string stream;
  for (int i = 0; i < events; ++i) {
    stream +=
        R"(data: {"id":"chatcmpl-9xQ2","object":"chat.completion.chunk","created":1760000000,"model":"gpt-4o-mini",)"
        R"("system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"content":" word"},"logprobs":null,)";
    stream += i + 1 < events ? R"("finish_reason":null}]})" : R"("finish_reason":"stop"}]})";
    stream += "\n\n";
  }
  return stream + "data: [DONE]\n\n";
}

template <class Take>
void each_slice(const std::string& stream, std::size_t size, Take take) {
  const std::string_view bytes = stream;
  for (std::size_t at = 0; at < bytes.size(); at += size) take(bytes.substr(at, size));
}

void report(benchmark::State& state, const std::string& stream) {
  state.SetItemsProcessed(state.iterations() * events);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(stream.size()));
}

/// Events alone; what is in them is not looked at.
void sse_events(benchmark::State& state) {
  const auto stream = chat_stream();
  for ([[maybe_unused]] auto _ : state) {
    SseParser parser;
    std::size_t count = 0;
    each_slice(stream, static_cast<std::size_t>(state.range()), [&](std::string_view bytes) {
      while (parser.next(bytes)) ++count;
    });
    benchmark::DoNotOptimize(count);
  }
  report(state, stream);
}
BENCHMARK(sse_events)->ArgName("slice")->Arg(16)->Arg(300)->Arg(16'384);

/// Events, and the chunks that their JSON makes.
void sse_chunks(benchmark::State& state) {
  const auto stream = chat_stream();
  std::vector<StreamChunk> chunks;
  for ([[maybe_unused]] auto _ : state) {
    StreamDecoder decoder;
    each_slice(stream, static_cast<std::size_t>(state.range()), [&](std::string_view bytes) {
      chunks.clear();
      decoder.feed(bytes, chunks);
    });
    decoder.finish();
  }
  report(state, stream);
}
BENCHMARK(sse_chunks)->ArgName("slice")->Arg(16)->Arg(300)->Arg(16'384);

}  // namespace
}  // namespace headway::wire
