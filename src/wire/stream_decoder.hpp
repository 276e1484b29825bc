#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <headway/outcome.hpp>
#include <headway/stream_chunk.hpp>

#include "wire/answer_fields.hpp"
#include "wire/sse.hpp"

namespace headway::wire {

/// Makes chunks of a streamed answer, in whatever slices its body comes. A state machine without I/O; what it throws is
/// an Error, after which it must not be used.
///
/// The answer is whole at `[DONE]`, and what comes after that is not looked at; or, if the bytes end without it, when
/// every choice that was seen has a finish_reason: usage may come after that, so a finish_reason alone is no end.
class StreamDecoder {
 public:
  explicit StreamDecoder(Api api) : api_(api) {}

  /// Adds the chunks of the next bytes to `chunks`, one for each choice of an event, in the order they came. Those from
  /// before a fault stay there when it throws: `protocol` for what is no JSON, has choices that cannot be told apart, or
  /// is too long; the provider's error for an event that is one.
  void feed(std::string_view bytes, std::vector<StreamChunk>& chunks);
  /// `[DONE]` came.
  bool done() const { return done_; }
  /// The bytes have ended cleanly. Throws `incomplete` if the answer has not.
  void finish() const;

 private:
  enum class Choice : unsigned char { unseen, open, finished };

  void read_event(const SseEvent& event, std::vector<StreamChunk>& chunks);
  void note(const StreamChunk& chunk);

  Api api_;
  SseParser parser_;
  std::vector<Choice> choices_;  // by index
  std::size_t open_ = 0;
  bool done_ = false;
};

/// The chunks of an answer that came whole, from a server that does not stream: one for each choice, the last one with
/// the usage. Errors are those of decode_completion and decode_chat.
Outcome<std::vector<StreamChunk>> chunks_of_whole(Api api, std::string body);

}  // namespace headway::wire
