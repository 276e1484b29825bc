#pragma once

#include <string>
#include <vector>

#include "model_at.hpp"

// Streamed answers, as peers send them.
namespace headway::test {

/// What comes before the events. The body is chunked.
std::string stream_head();
/// These bytes as one chunk of the body.
std::string piece(const std::string& bytes);
/// The end of a chunked body.
inline const std::string last_piece = "0\r\n\r\n";

/// An event with this JSON.
std::string event(const std::string& json);
/// An event of /v1/completions with the next text of a choice. `finish_reason` empty: null.
std::string delta(const std::string& text, const std::string& finish_reason = "", int index = 0);
/// The same of /v1/chat/completions.
std::string chat_delta(const std::string& text, const std::string& finish_reason = "");
/// An event without choices, with 5 tokens for the prompt and 7 for the answer.
std::string usage_event();
inline const std::string done_event = "data: [DONE]\n\n";

/// A whole streamed answer: each text an event of its own, then the finish_reason "stop", the usage, and the end.
std::string streamed_reply(const std::vector<std::string>& texts);
/// Answers each request so, connections kept open.
Peer::Script streaming(const std::vector<std::string>& texts);

/// All texts of a stream, joined; throws what the stream throws.
std::string text_of(headway::Stream stream);

}  // namespace headway::test
