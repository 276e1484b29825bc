#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <headway/error.hpp>

#include "wire/answer.hpp"
#include "wire/dialect.hpp"
#include "wire/stream_decoder.hpp"

namespace headway::wire {
namespace {

namespace json = boost::json;

const Dialect& messages() {
  return *dialect_of("anthropic");
}

json::value asked(std::string_view chat) {
  return json::parse(messages().question_of(chat).body);
}

std::string refusal(std::string_view chat) {
  try {
    messages().question_of(chat);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::configuration);
    return error.info().message;
  }
  return "";
}

std::string with(std::string_view field) {
  return R"({"model": "m", "messages": [{"role": "user", "content": "Hi"}], )" + std::string(field) + "}";
}

TEST(Anthropic, AChatOfTextsBecomesMessagesAndASystemPrompt) {
  const auto question = asked(R"({"model": "claude", "messages": [{"role": "system", "content": "Be brief."},
      {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes?"}, {"role": "user", "content": "東京"}],
      "temperature": 0.5, "max_tokens": 9, "stop": "\n", "stream": true, "stream_options": {"include_usage": true}})");
  EXPECT_EQ(question, json::parse(R"({"model": "claude", "temperature": 0.5, "stop_sequences": ["\n"], "stream": true,
      "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]},
                   {"role": "assistant", "content": [{"type": "text", "text": "Yes?"}]},
                   {"role": "user", "content": [{"type": "text", "text": "東京"}]}],
      "system": [{"type": "text", "text": "Be brief."}], "max_tokens": 9})"));
}

TEST(Anthropic, ALimitOfTokensIsAlwaysThere) {
  EXPECT_EQ(asked(with(R"("user": null)")).at("max_tokens"), 4096);
  EXPECT_EQ(asked(with(R"("max_completion_tokens": 7)")).at("max_tokens"), 7);
}

TEST(Anthropic, ImagesAndDocumentsBecomeSources) {
  const auto question = asked(R"({"messages": [{"role": "user", "content": [
      {"type": "text", "text": "What?", "cache_control": {"type": "ephemeral"}},
      {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD", "detail": "low"}},
      {"type": "image_url", "image_url": {"url": "https://x/y.png"}},
      {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,QQ=="}}]}]})");
  EXPECT_EQ(question.at("messages").at(0).at("content"), json::parse(R"([
      {"type": "text", "text": "What?", "cache_control": {"type": "ephemeral"}},
      {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "QUJD"}},
      {"type": "image", "source": {"type": "url", "url": "https://x/y.png"}},
      {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "QQ=="}, "title": "a.pdf"}
  ])"));
}

TEST(Anthropic, ToolsTheirCallsAndResultsGoInItsWords) {
  const auto question = asked(R"({"messages": [{"role": "user", "content": "Weather?"},
      {"role": "assistant", "content": null, "tool_calls": [
          {"id": "a", "type": "function", "function": {"name": "look", "arguments": "{\"at\": 1}"}},
          {"id": "b", "type": "function", "function": {"name": "look", "arguments": ""}}]},
      {"role": "tool", "tool_call_id": "a", "content": "sun"}, {"role": "tool", "tool_call_id": "b", "content": "rain"}],
      "tools": [{"type": "function", "function": {"name": "look", "description": "Looks.", "parameters": {"type": "object"}}},
                {"type": "web_search_20250305", "name": "web_search"}],
      "tool_choice": "required", "parallel_tool_calls": false})");
  EXPECT_EQ(question.at("messages").at(1).at("content"), json::parse(R"([
      {"type": "tool_use", "id": "a", "name": "look", "input": {"at": 1}},
      {"type": "tool_use", "id": "b", "name": "look", "input": {}}])"));
  EXPECT_EQ(question.at("messages").as_array().size(), 3u) << "the results of one turn are one message";
  EXPECT_EQ(question.at("messages").at(2), json::parse(R"({"role": "user", "content": [
      {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text", "text": "sun"}]},
      {"type": "tool_result", "tool_use_id": "b", "content": [{"type": "text", "text": "rain"}]}]})"));
  EXPECT_EQ(question.at("tools"), json::parse(R"([
      {"name": "look", "description": "Looks.", "input_schema": {"type": "object"}},
      {"type": "web_search_20250305", "name": "web_search"}])"));
  EXPECT_EQ(question.at("tool_choice"), json::parse(R"({"type": "any", "disable_parallel_tool_use": true})"));
}

TEST(Anthropic, WhatItThoughtGoesBackSigned) {
  constexpr std::string_view blocks =
      R"([{"type": "thinking", "thinking": "Hm.", "signature": "s"}, {"type": "redacted_thinking", "data": "r"}])";
  const auto chat = messages().chat_of(R"({"content": [{"type": "thinking", "thinking": "Hm.", "signature": "s"},
      {"type": "redacted_thinking", "data": "r"}, {"type": "text", "text": "So."}], "stop_reason": "end_turn"})");
  const auto message = json::parse(*chat).at("choices").at(0).at("message");
  EXPECT_EQ(message.at("thinking_blocks"), json::parse(blocks));
  const auto question = asked(R"({"messages": [)" + json::serialize(message) + "]}");
  EXPECT_EQ(question.at("messages").at(0).at("content"), json::parse(R"([
      {"type": "thinking", "thinking": "Hm.", "signature": "s"}, {"type": "redacted_thinking", "data": "r"},
      {"type": "text", "text": "So."}])"));
}

TEST(Anthropic, ASchemaAnEffortAndATierGoInItsWords) {
  const auto question = asked(with(R"("response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema":
      {"type": "object"}, "strict": true}}, "reasoning_effort": "high", "service_tier": "default", "user": "u")"));
  EXPECT_EQ(question.at("output_config"),
            json::parse(R"({"format": {"type": "json_schema", "schema": {"type": "object"}}, "effort": "high"})"));
  EXPECT_EQ(question.at("service_tier"), "standard_only");
  EXPECT_EQ(question.at("metadata"), json::parse(R"({"user_id": "u"})"));
}

TEST(Anthropic, ItsOwnFieldsGoOutAsTheyAre) {
  const auto question = asked(with(R"("thinking": {"type": "enabled", "budget_tokens": 2048}, "top_k": 5)"));
  EXPECT_EQ(question.at("thinking"), json::parse(R"({"type": "enabled", "budget_tokens": 2048})"));
  EXPECT_EQ(question.at("top_k"), 5);
}

TEST(Anthropic, WhatItCannotBeAskedForIsAnErrorAndNamed) {
  for (const std::string_view field :
       {R"("seed": 0)", R"("n": 2)", R"("logprobs": true)", R"("frequency_penalty": 0.1)", R"("logit_bias": {"1": 2})",
        R"("functions": [{"name": "f"}])"}) {
    const auto name = std::string(field.substr(1, field.find('"', 1) - 1));
    EXPECT_NE(refusal(with(field)).find("'" + name + "'"), std::string::npos) << field;
  }
  EXPECT_NE(refusal(with(R"("response_format": {"type": "json_object"})")).find("without a schema"), std::string::npos);
  EXPECT_NE(refusal(with(R"("service_tier": "flex")")).find("flex"), std::string::npos);
  EXPECT_NE(refusal(R"({"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]})").find("audio"),
            std::string::npos);
  EXPECT_EQ(refusal(with(R"("n": 1, "logprobs": false, "seed": null, "logit_bias": {}, "presence_penalty": 0)")), "");
  EXPECT_THROW(messages().path_of("/v1/embeddings"), Error);
  EXPECT_EQ(messages().path_of("/v1/chat/completions"), "/v1/messages");
  EXPECT_EQ(messages().path_of("/v1/models"), "/v1/models");
}

TEST(Anthropic, AMessageIsAnAnswer) {
  auto chat =
      messages().chat_of(R"({"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-x", "content": [
      {"type": "thinking", "thinking": "Hm.", "signature": "s"}, {"type": "text", "text": "Hello \ud83d"},
      {"type": "text", "text": " there"}, {"type": "tool_use", "id": "t", "name": "look", "input": {"at": [1, 2.5]}}],
      "stop_reason": "tool_use", "stop_sequence": null, "usage": {"input_tokens": 10, "cache_read_input_tokens": 4,
      "cache_creation_input_tokens": 3, "cache_creation": {"ephemeral_5m_input_tokens": 1, "ephemeral_1h_input_tokens": 2},
      "output_tokens": 5, "service_tier": "standard"}})");
  ASSERT_TRUE(chat);
  Answer answer;
  ASSERT_FALSE(read_answer(*chat, Form::chat, answer)) << *chat;
  EXPECT_EQ(answer.choices.front().text, "Hello \uFFFD there");
  EXPECT_EQ(answer.choices.front().ending, Ending::tool_calls);
  EXPECT_EQ(answer.model, "claude-x");
  EXPECT_EQ(answer.service_tier, "standard");
  EXPECT_EQ(answer.usage.prompt_tokens, 17) << "with what was read from the cache, and written to it";
  EXPECT_EQ(answer.usage.cached_tokens, 4);
  EXPECT_EQ(answer.usage.cache_write_tokens, 3);
  EXPECT_EQ(answer.usage.cache_write_1h_tokens, 2);
  EXPECT_EQ(answer.usage.completion_tokens, 5);
  const auto message = json::parse(*chat).at("choices").at(0).at("message");
  EXPECT_EQ(message.at("reasoning_content"), "Hm.");
  EXPECT_EQ(message.at("tool_calls"), json::parse(R"([{"id": "t", "type": "function", "function":
      {"name": "look", "arguments": "{\"at\":[1,2.5]}"}}])"));
}

TEST(Anthropic, EachEndHasItsMeaning) {
  const auto ending = [](std::string_view reason) {
    auto chat = messages().chat_of(R"({"content": [{"type": "text", "text": "x"}], "stop_reason": ")" +
                                   std::string(reason) + "\"}");
    Answer answer;
    read_answer(*chat, Form::chat, answer);
    return answer.choices.front().ending;
  };
  EXPECT_EQ(ending("end_turn"), Ending::stop);
  EXPECT_EQ(ending("stop_sequence"), Ending::stop);
  EXPECT_EQ(ending("max_tokens"), Ending::length);
  EXPECT_EQ(ending("model_context_window_exceeded"), Ending::length);
  EXPECT_EQ(ending("refusal"), Ending::refused);
  EXPECT_EQ(ending("pause_turn"), Ending::unknown);
}

TEST(Anthropic, AnErrorIsNoAnswer) {
  EXPECT_FALSE(messages().chat_of(R"({"type": "error", "error": {"type": "overloaded_error", "message": "no"}})"));
  EXPECT_FALSE(messages().chat_of("<html>"));
  EXPECT_FALSE(messages().chat_of("{}"));
}

std::string event(std::string_view type, std::string data) {
  std::ranges::replace(data, '\n', ' ');
  return "event: " + std::string(type) + "\ndata: " + data + "\n\n";
}

std::string streamed() {
  return event("message_start",
               R"({"type": "message_start", "message": {"id": "msg_1", "model": "claude-x", "content": [],
             "usage": {"input_tokens": 10, "cache_read_input_tokens": 4, "output_tokens": 1}}})") +
         event("content_block_start", R"({"index": 0, "content_block": {"type": "text", "text": ""}})") +
         event("ping", R"({"type": "ping"})") +
         event("content_block_delta", R"({"index": 0, "delta": {"type": "text_delta", "text": "Hel"}})") +
         event("content_block_delta", R"({"index": 0, "delta": {"type": "text_delta", "text": "lo"}})") +
         event("content_block_stop", R"({"index": 0})") +
         event("content_block_start",
               R"({"index": 1, "content_block": {"type": "tool_use", "id": "t", "name": "look"}})") +
         event("content_block_delta",
               R"({"index": 1, "delta": {"type": "input_json_delta", "partial_json": "{\"a"}})") +
         event("message_delta", R"({"delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 15}})");
}

std::vector<StreamChunk> decode(std::string_view stream, StreamDecoder& decoder) {
  std::vector<StreamChunk> chunks;
  for (; !stream.empty(); stream.remove_prefix(1)) decoder.feed(stream.substr(0, 1), chunks);
  return chunks;
}

TEST(Anthropic, AStreamIsReadAsOneOfOpenAIs) {
  StreamDecoder decoder(messages().events());
  const auto chunks = decode(streamed() + event("message_stop", "{}"), decoder);
  EXPECT_TRUE(decoder.done());
  std::string text;
  for (const auto& chunk : chunks) text += chunk.text;
  EXPECT_EQ(text, "Hello");
  EXPECT_EQ(chunks.back().ending, Ending::tool_calls);
  EXPECT_EQ(chunks.back().usage->prompt_tokens, 14);
  EXPECT_EQ(chunks.back().usage->completion_tokens, 15);
  EXPECT_EQ(decoder.charge()->usage.cached_tokens, 4);
  EXPECT_EQ(json::parse(chunks[1].raw).at("delta").at("text"), "Hel") << "as it came";
  EXPECT_EQ(json::parse(chunks[1].openai_form()).at("choices").at(0).at("delta").at("content"), "Hel");
  const auto call = json::parse(chunks[3].openai_form()).at("choices").at(0).at("delta").at("tool_calls").at(0);
  EXPECT_EQ(call.at("function").at("name"), "look");
  const auto more = json::parse(chunks[4].openai_form()).at("choices").at(0).at("delta").at("tool_calls").at(0);
  EXPECT_EQ(more, json::parse(R"({"index": 0, "function": {"arguments": "{\"a"}})"));
}

TEST(Anthropic, WhatItThoughtIsToldByPieceAndSignedAtItsEnd) {
  StreamDecoder decoder(messages().events());
  const auto delta = [](const StreamChunk& chunk) {
    return json::parse(chunk.openai_form()).at("choices").at(0).at("delta");
  };
  const auto chunks = decode(
      event("content_block_start", R"({"index": 0, "content_block": {"type": "thinking", "thinking": ""}})") +
          event("content_block_delta", R"({"index": 0, "delta": {"type": "thinking_delta", "thinking": "H"}})") +
          event("content_block_delta", R"({"index": 0, "delta": {"type": "thinking_delta", "thinking": "m"}})") +
          event("content_block_delta", R"({"index": 0, "delta": {"type": "signature_delta", "signature": "s"}})") +
          event("content_block_stop", R"({"index": 0})") +
          event("content_block_start", R"({"index": 1, "content_block": {"type": "redacted_thinking", "data": "r"}})") +
          event("content_block_stop", R"({"index": 1})"),
      decoder);
  ASSERT_EQ(chunks.size(), 4u);
  EXPECT_EQ(delta(chunks[1]), json::parse(R"({"reasoning_content": "m"})"));
  EXPECT_EQ(delta(chunks[2]),
            json::parse(R"({"thinking_blocks": [{"type": "thinking", "thinking": "Hm", "signature": "s"}]})"));
  EXPECT_EQ(delta(chunks[3]), json::parse(R"({"thinking_blocks": [{"type": "redacted_thinking", "data": "r"}]})"));
}

TEST(Anthropic, AStreamThatBreaksOffIsIncompleteAndItsUsageIsNotKnown) {
  StreamDecoder decoder(messages().events());
  const auto whole = streamed();
  auto chunks = decode(whole.substr(0, whole.find("event: message_delta")), decoder);
  EXPECT_THROW(decoder.finish(chunks), Error);
  EXPECT_FALSE(decoder.charge()) << "what the start tells is not all";
}

TEST(Anthropic, AnErrorInAStreamIsTheProvidersOwn) {
  StreamDecoder decoder(messages().events());
  try {
    decode(event("error", R"({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})"),
           decoder);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::server);
    EXPECT_EQ(error.info().provider_message, "Overloaded");
  }
}

}  // namespace
}  // namespace headway::wire
