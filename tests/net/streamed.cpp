#include "streamed.hpp"

#include <cstdio>

namespace headway::test {

std::string stream_head() {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nx-request-id: req_stream\r\n"
         "Transfer-Encoding: chunked\r\n\r\n";
}

std::string piece(const std::string& bytes) {
  char size[24];
  std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
  return size + bytes + "\r\n";
}

std::string event(const std::string& json) {
  return "data: " + json + "\n\n";
}

namespace {

std::string choice_event(int index, const std::string& content, const std::string& finish_reason) {
  const auto reason = finish_reason.empty() ? "null" : json_string(finish_reason);
  return event(R"({"id":"c-1","model":"test-model","choices":[{"index":)" + std::to_string(index) + "," + content +
               R"(,"finish_reason":)" + reason + "}]}");
}

}  // namespace

std::string delta(const std::string& text, const std::string& finish_reason, int index) {
  return choice_event(index, R"("text":)" + json_string(text), finish_reason);
}

std::string chat_delta(const std::string& text, const std::string& finish_reason) {
  return choice_event(0, R"("delta":{"content":)" + json_string(text) + "}", finish_reason);
}

std::string usage_event() {
  return event(R"({"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12}})");
}

std::string streamed_reply(const std::vector<std::string>& texts) {
  auto reply = stream_head();
  for (const auto& text : texts) reply += piece(delta(text));
  return reply + piece(delta("", "stop")) + piece(usage_event()) + piece(done_event) + last_piece;
}

Peer::Script streaming(const std::vector<std::string>& texts) {
  return in_turn({streamed_reply(texts)});
}

std::string text_of(headway::Stream stream) {
  std::string text;
  for (const auto& chunk : stream) text += chunk.text;
  return text;
}

}  // namespace headway::test
