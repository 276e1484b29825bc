#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <headway/stream_chunk.hpp>

#include "wire/answer.hpp"
#include "wire/dialect.hpp"
#include "wire/sse.hpp"
#include "wire/usage.hpp"

namespace headway::wire {

/// Makes chunks of a streamed answer, in whatever slices its body comes. A state machine without I/O; what it throws is
/// an Error, after which it must not be used.
///
/// The answer is whole at `[DONE]`, and what comes after that is not looked at; or, if the bytes end without it, when
/// every choice that was seen has a finish_reason: usage may come after that, so a finish_reason alone is no end. An answer
/// with fewer choices than were asked for is of no use as a whole one is.
class StreamDecoder {
 public:
  /// `translator`: of events in other words than OpenAI's; null: they are OpenAI's.
  explicit StreamDecoder(std::unique_ptr<EventTranslator> translator = nullptr, std::int64_t asked = 1)
      : translator_(std::move(translator)), asked_(asked) {}

  /// Adds the chunks of the next bytes to `chunks`, one for each choice of an event, in the order they came. Those from
  /// before a fault stay there when it throws: `protocol` for what is no JSON, has choices that cannot be told apart, is too
  /// long, or has too few choices at its end; the provider's error for an event that is one, or whose choice has one; `server` for a choice that was
  /// broken off. ErrorInfo::body is the event.
  void feed(std::string_view bytes, std::vector<StreamChunk>& chunks);
  /// `[DONE]` came.
  bool done() const { return done_; }
  /// What the answer took, as far as it told, though it may have failed since.
  const std::optional<Charge>& charge() const { return charge_; }
  /// The bytes have ended cleanly: adds the chunks of a last event that lacks its blank line. Throws `incomplete` if the
  /// answer has not ended, and what feed() throws.
  void finish(std::vector<StreamChunk>& chunks);

 private:
  enum class Choice : unsigned char { unseen, open, finished };

  void read_event(const SseEvent& event, std::vector<StreamChunk>& chunks);
  void read_data(std::string_view data, std::vector<StreamChunk>& chunks);
  void read_translated(const SseEvent& event, std::vector<StreamChunk>& chunks);
  void read_last_event(std::vector<StreamChunk>& chunks);
  void note(const StreamChunk& chunk);
  void check_count() const;

  SseParser parser_;
  std::unique_ptr<EventTranslator> translator_;
  std::optional<Charge> charge_;
  std::vector<Choice> choices_;  // by index
  std::int64_t asked_;
  std::int64_t seen_ = 0;  // choices
  std::size_t open_ = 0;
  bool done_ = false;
};

/// The chunks of an answer that came whole, from a server that does not stream: one for each choice, the last one with
/// the usage. `answer` was read from `body`, and is of use.
std::vector<StreamChunk> chunks_of_whole(Answer answer, const std::string& body);

}  // namespace headway::wire
