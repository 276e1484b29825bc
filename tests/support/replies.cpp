#include "support/replies.hpp"

#include <algorithm>
#include <cstdio>

#include "support/conversation.hpp"

namespace headway::test {
namespace {

std::string head(int status, const Fields& fields) {
  std::string text = "HTTP/1.1 " + std::to_string(status) + " Scripted\r\n";
  for (const auto& [name, value] : fields) text += name + ": " + value + "\r\n";
  const bool typed = std::any_of(fields.begin(), fields.end(), [](const auto& field) {
    return field.first == "Content-Type" || field.first == "content-type";
  });
  return typed ? text : text + "Content-Type: application/json\r\n";
}

std::string usage() {
  return R"("usage":{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12})";
}

bool ends_with(const std::string& target, std::string_view path) {
  return std::string_view(target).substr(0, target.find('?')).ends_with(path);
}

}  // namespace

std::string reply(int status, std::string_view body, const Fields& fields) {
  std::string text = head(status, fields) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  return text.append(body);
}

std::string chunked_reply(int status, const std::vector<std::string>& chunks, const Fields& fields) {
  std::string text = head(status, fields) + "Transfer-Encoding: chunked\r\n\r\n";
  for (const std::string& chunk : chunks) {
    char size[20];
    std::snprintf(size, sizeof size, "%zx\r\n", chunk.size());
    text += size + chunk + "\r\n";
  }
  return text + "0\r\n\r\n";
}

std::string completion_body(std::string_view text) {
  return R"({"id":"cmpl-1","object":"text_completion","created":1700000000,"model":"echo","choices":[{"text":)" +
         json_string(text) + R"(,"index":0,"logprobs":null,"finish_reason":"stop"}],)" + usage() + "}";
}

std::string chat_body(std::string_view text) {
  return R"({"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"echo","choices":[{"index":0,)"
         R"("message":{"role":"assistant","content":)" +
         json_string(text) + R"(,"refusal":null},"logprobs":null,"finish_reason":"stop"}],)" + usage() + "}";
}

std::string models_body(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) {
    if (!list.empty()) list += ',';
    list += R"({"id":)" + json_string(name) + R"(,"object":"model","created":1700000000,"owned_by":"tests"})";
  }
  return R"({"object":"list","data":[)" + list + "]}";
}

std::string error_body(std::string_view message, std::string_view type, std::string_view code) {
  return R"({"error":{"message":)" + json_string(message) + R"(,"type":)" + json_string(type) +
         R"(,"param":null,"code":)" + json_string(code) + "}}";
}

std::string completion_reply(std::string_view text) {
  return reply(200, completion_body(text));
}

std::string chat_reply(std::string_view text) {
  return reply(200, chat_body(text));
}

std::string error_reply(int status, std::string_view message, std::string_view type, std::string_view code,
                        const Fields& fields) {
  return reply(status, error_body(message, type, code), fields);
}

std::string prompt_of(const Request& request) {
  return json_field(request.body, ends_with(request.target, "/chat/completions") ? "content" : "prompt");
}

std::string echo_of(const std::string& prompt) {
  return "echo: " + prompt;
}

std::string echo_reply(const Request& request) {
  if (ends_with(request.target, "/chat/completions")) return chat_reply(echo_of(prompt_of(request)));
  if (ends_with(request.target, "/completions")) return completion_reply(echo_of(prompt_of(request)));
  if (ends_with(request.target, "/models")) return reply(200, models_body({"echo", "other"}));
  return error_reply(404, "no such path: " + request.target, "invalid_request_error", "unknown_url");
}

std::function<void(Conversation&)> echo(std::function<std::chrono::milliseconds(const Request&)> delay) {
  return [delay = std::move(delay)](Conversation& conversation) {
    while (const auto request = conversation.read_request()) {
      if (!conversation.sleep(delay(*request))) return;
      if (!conversation.send(echo_reply(*request))) return;
    }
  };
}

std::function<void(Conversation&)> echo(std::chrono::milliseconds delay) {
  return echo([delay](const Request&) { return delay; });
}

std::function<void(Conversation&)> always(std::string response) {
  return [response = std::move(response)](Conversation& conversation) {
    while (conversation.read_request() && conversation.send(response)) {
    }
  };
}

}  // namespace headway::test
