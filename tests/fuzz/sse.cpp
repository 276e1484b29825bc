// Server-sent events, and the chunks of a streamed answer: the same whatever the slices they come in.

#include <string>
#include <utility>
#include <vector>

#include <headway/error.hpp>

#include "input.hpp"
#include "wire/dialect.hpp"
#include "wire/sse.hpp"
#include "wire/stream_decoder.hpp"

namespace headway::fuzz {
namespace {

using Events = std::vector<std::pair<std::string, std::string>>;

/// Adds the events of the bytes; false if the parser will have no more.
bool read_events(wire::SseParser& parser, std::string_view bytes, Events& events) {
  try {
    while (const auto event = parser.next(bytes)) events.emplace_back(event->type, event->data);
    return true;
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::protocol);
    return false;
  }
}

void fuzz_events(const Input& input) {
  wire::SseLimits limits;
  limits.max_line = 256;
  limits.max_data = 512;
  wire::SseParser at_once(limits);
  wire::SseParser sliced(limits);
  Events expected;
  Events events;
  const bool readable = read_events(at_once, input.bytes(), expected);
  bool goes_on = true;
  input.each_slice([&](std::string_view slice) { goes_on = goes_on && read_events(sliced, slice, events); });
  require(events == expected && goes_on == readable);
  for (const auto& event : events) require(event.second.size() <= limits.max_data);
}

void fuzz_chunks(const Input& input, std::string_view provider) {
  const auto* dialect = wire::dialect_of(provider);
  wire::StreamDecoder decoder(dialect ? dialect->events() : nullptr);
  std::vector<StreamChunk> chunks;
  bool failed = false;
  const auto unless_failed = [&failed](const auto& step) {
    try {
      if (!failed) step();
    } catch (const Error&) {
      failed = true;
    }
  };
  input.each_slice([&](std::string_view slice) { unless_failed([&] { decoder.feed(slice, chunks); }); });
  unless_failed([&] { decoder.finish(chunks); });
  require(failed || decoder.done() || !chunks.empty());
}

}  // namespace
}  // namespace headway::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const headway::fuzz::Input input(data, size);
  headway::fuzz::fuzz_events(input);
  headway::fuzz::fuzz_chunks(input, "openai");
  headway::fuzz::fuzz_chunks(input, "anthropic");
  headway::fuzz::fuzz_chunks(input, "gemini");
  return 0;
}
