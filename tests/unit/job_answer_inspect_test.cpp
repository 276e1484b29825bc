#include <gtest/gtest.h>

#include <string>

#include "job/answer/inspect.hpp"

namespace headway::job {
namespace {

constexpr std::string_view chat = "/v1/chat/completions";
constexpr std::string_view responses = "/v1/responses";

Expectation wanting(Expectation::Wanted wanted) {
  Expectation expectation;
  expectation.wanted = wanted;
  return expectation;
}

Answer read(std::string_view path, std::string_view body, const Expectation& expectation = Expectation()) {
  auto answer = inspect(path, body, expectation);
  EXPECT_TRUE(answer) << body;
  return answer ? *answer : Answer();
}

ErrorKind error_of(std::string_view path, std::string_view body) {
  const auto answer = inspect(path, body, Expectation());
  EXPECT_FALSE(answer) << body;
  return answer ? ErrorKind::exception : answer.error().kind();
}

std::string chat_body(std::string_view message, std::string_view reason = "stop") {
  return R"({"id": "c", "object": "chat.completion", "created": 1, "model": "m-1", "choices": [{"index": 0, "message": )" +
         std::string(message) + R"(, "logprobs": null, "finish_reason": ")" + std::string(reason) + R"("}]})";
}

std::string text_body(std::string_view text) {
  return chat_body(R"({"role": "assistant", "refusal": null, "content": ")" + std::string(text) + "\"}");
}

TEST(Inspect, ReadsAChat) {
  const auto answer = read(chat, R"({"model": "m-1", "service_tier": "flex", "error": null, "choices": [{"index": 0,
      "message": {"role": "assistant", "content": "Hello \u3042", "refusal": null}, "finish_reason": "stop"}],
      "usage": {"prompt_tokens": 9, "completion_tokens": 12, "total_tokens": 21,
      "prompt_tokens_details": {"cached_tokens": 4}, "completion_tokens_details": {"reasoning_tokens": 5}}})");
  EXPECT_EQ(answer.verdict, Verdict::usable);
  EXPECT_EQ(answer.text, "Hello あ");
  EXPECT_EQ(answer.finish_reason, "stop");
  EXPECT_EQ(answer.detail, "");
}

TEST(Inspect, TellsWhatCannotBeUsed) {
  const std::pair<std::string, Verdict> cases[] = {
      {chat_body(R"({"content": "Once upon"})", "length"), Verdict::cut},
      {chat_body(R"({"content": ""})", "length"), Verdict::cut},
      {chat_body(R"({"content": "Once"})", "content_filter"), Verdict::filtered},
      {chat_body(R"({"content": null, "refusal": "I cannot"})"), Verdict::refused},
      {chat_body(R"({"content": [{"type": "refusal", "refusal": "I cannot"}]})"), Verdict::refused},
      {chat_body(R"({"content": null})"), Verdict::empty},
      {chat_body(R"({"content": " \n"})"), Verdict::empty},
      {chat_body(R"({"content": null, "tool_calls": []})"), Verdict::empty},
      {chat_body(R"({"content": null, "tool_calls": [{"id": "t"}]})", "tool_calls"), Verdict::usable},
      {chat_body(R"({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]})"), Verdict::usable},
  };
  for (const auto& [body, verdict] : cases) {
    const auto answer = read(chat, body);
    EXPECT_EQ(answer.verdict, verdict) << body << answer.detail;
    EXPECT_EQ(answer.detail.empty(), verdict == Verdict::usable);
  }
}

TEST(Inspect, ShowsARefusalAsTheText) {
  EXPECT_EQ(read(chat, chat_body(R"({"content": null, "refusal": "I cannot"})")).text, "I cannot");
}

TEST(Inspect, ReadsCompletionsByTheirIndex) {
  const auto answer = read("/v1/completions", R"({"choices": [{"index": 1, "text": "b", "finish_reason": "length"},
      {"index": 0, "text": "a", "finish_reason": "stop"}], "usage": {"prompt_tokens": 3.0, "completion_tokens": -1}})");
  EXPECT_EQ(answer.text, "a");
  EXPECT_EQ(answer.more, std::vector<std::string>{"b"});
  EXPECT_EQ(answer.verdict, Verdict::cut);
  EXPECT_TRUE(answer.detail.starts_with("choice 2 of 2: ")) << answer.detail;
  EXPECT_EQ(answer.finish_reason, "stop");
}

TEST(Inspect, ReadsResponses) {
  const auto answer =
      read(responses, R"({"status": "completed", "error": null, "incomplete_details": null, "model": "m",
      "output": [{"type": "reasoning", "summary": []}, {"type": "message", "content": [
      {"type": "output_text", "text": "a", "annotations": []}, {"type": "output_text", "text": "b"}]}],
      "usage": {"input_tokens": 7, "input_tokens_details": {"cached_tokens": 2}, "output_tokens": 5,
      "output_tokens_details": {"reasoning_tokens": 3}, "total_tokens": 12}})");
  EXPECT_EQ(answer.verdict, Verdict::usable);
  EXPECT_EQ(answer.text, "ab");
  EXPECT_EQ(answer.finish_reason, "completed");
}

TEST(Inspect, TellsWhatCannotBeUsedOfResponses) {
  const std::pair<std::string_view, Verdict> cases[] = {
      {R"({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}, "output": []})",
       Verdict::cut},
      {R"({"status": "incomplete", "incomplete_details": {"reason": "content_filter"}, "output": []})",
       Verdict::filtered},
      {R"({"status": "incomplete", "incomplete_details": null, "output": []})", Verdict::cut},
      {R"({"status": "completed", "output": [{"type": "message", "content": [{"type": "refusal", "refusal": "no"}]}]})",
       Verdict::refused},
      {R"({"status": "completed", "output": [{"type": "reasoning", "summary": [{"text": "hm"}]}]})", Verdict::empty},
      {R"({"status": "completed", "output": [{"type": "function_call", "name": "f"}]})", Verdict::usable},
  };
  for (const auto& [body, verdict] : cases) EXPECT_EQ(read(responses, body).verdict, verdict) << body;
}

TEST(Inspect, ReadsEmbeddingsWithoutAText) {
  Expectation json = wanting(Expectation::Wanted::json);
  const auto answer = read("/v1/embeddings", R"({"object": "list", "data": [{"index": 0, "embedding": [0.1, 2]}],
      "model": "e", "usage": {"prompt_tokens": 8, "total_tokens": 8}})",
                           json);
  EXPECT_EQ(answer.verdict, Verdict::usable);
  EXPECT_EQ(answer.text, "");
  EXPECT_EQ(read("/v1/embeddings", R"({"data": []})").verdict, Verdict::empty);
  EXPECT_FALSE(has_text("/v1/embeddings"));
  EXPECT_TRUE(has_text(chat));
}

TEST(Inspect, HoldsTextsAgainstTheExpectation) {
  const auto json = wanting(Expectation::Wanted::json);
  EXPECT_EQ(read(chat, text_body(R"( {\"a\": [1]} \n)"), json).verdict, Verdict::usable);
  EXPECT_EQ(read(chat, text_body("42"), json).verdict, Verdict::usable);
  for (const auto* text : {"Sure: {}", R"({\"a\": 1} {})", R"({\"a\": )", "nope", R"({'a': 1})"}) {
    const auto answer = read(chat, text_body(text), json);
    EXPECT_EQ(answer.verdict, Verdict::not_json) << text;
    EXPECT_TRUE(json.refuses(answer.verdict));
    EXPECT_EQ(answer.detail.find("Sure"), std::string::npos);
  }
  EXPECT_EQ(read(chat, chat_body(R"({"content": "{}"})", "length"), json).verdict, Verdict::cut);
  EXPECT_EQ(read(chat, chat_body(R"({"content": null, "tool_calls": [{}]})"), json).verdict, Verdict::not_json);
}

TEST(Inspect, TakesAFenceOnlyWhereItIsTakenOff) {
  auto json = wanting(Expectation::Wanted::json);
  const auto fenced = text_body(R"(```json\n{\"a\": 1}\n```\n)");
  const auto strict = read(chat, fenced, json);
  EXPECT_EQ(strict.verdict, Verdict::not_json);
  EXPECT_NE(strict.detail.find("fence"), std::string::npos);
  json.fence_allowed = true;
  EXPECT_EQ(read(chat, fenced, json).verdict, Verdict::usable);
  EXPECT_EQ(read(chat, text_body("```\\n[]\\n```"), json).verdict, Verdict::usable);
  EXPECT_EQ(read(chat, text_body("Here: ```json\\n[]\\n```"), json).verdict, Verdict::not_json);
  EXPECT_EQ(read(chat, text_body("```"), json).verdict, Verdict::not_json);
  EXPECT_EQ(read(chat, text_body("``````"), json).verdict, Verdict::not_json);
}

TEST(Inspect, HoldsJsonAgainstASchema) {
  auto expectation = wanting(Expectation::Wanted::json);
  expectation.schema.emplace(R"({"properties": {"a": {"type": "integer"}}})", "s.json");
  EXPECT_EQ(read(chat, text_body(R"({\"a\": 1})"), expectation).verdict, Verdict::usable);
  const auto answer = read(chat, text_body(R"({\"a\": \"x\"})"), expectation);
  EXPECT_EQ(answer.verdict, Verdict::not_valid);
  EXPECT_NE(answer.detail.find("at /a: "), std::string::npos) << answer.detail;
}

TEST(Inspect, IsAnErrorWithoutAnAnswer) {
  EXPECT_EQ(error_of(chat, ""), ErrorKind::protocol);
  EXPECT_EQ(error_of(chat, "<html>"), ErrorKind::protocol);
  EXPECT_EQ(error_of(chat, "[]"), ErrorKind::protocol);
  EXPECT_EQ(error_of(chat, "{}"), ErrorKind::protocol);
  EXPECT_EQ(error_of(chat, R"({"choices": []})"), ErrorKind::protocol);
  EXPECT_EQ(error_of(chat, R"({"choices": 3})"), ErrorKind::protocol);
  EXPECT_EQ(error_of(chat, text_body("a").substr(0, 60)), ErrorKind::protocol);
  EXPECT_EQ(error_of(chat, R"({"choices": [{"message": {"content": "a"}}], "x": tru})"), ErrorKind::protocol);
  EXPECT_EQ(error_of(chat, text_body("\xFF")), ErrorKind::protocol);
  EXPECT_EQ(error_of(responses, R"({"status": "queued", "output": []})"), ErrorKind::protocol);
  EXPECT_EQ(error_of(chat, R"({"error": {"message": "slow", "code": "rate_limit_exceeded"}})"),
            ErrorKind::rate_limited);
  EXPECT_EQ(error_of(responses, R"({"status": "failed", "error": {"code": "server_error", "message": "m"}})"),
            ErrorKind::server);
}

TEST(Inspect, NeverThrowsForOddTypes) {
  for (const auto* body : {R"({"choices": [1, null, "a"]})", R"({"choices": [{"message": 3, "index": "x"}]})",
                           R"({"choices": [{"message": {"content": {"a": 1}, "tool_calls": 7}}], "usage": []})",
                           R"({"choices": [{"text": null, "finish_reason": 3}], "usage": {"prompt_tokens": "9"},
                              "model": 7, "service_tier": null})"}) {
    EXPECT_EQ(read(chat, body).verdict, Verdict::empty) << body;
  }
  EXPECT_EQ(read(responses, R"({"output": [1, {"type": 2}, {"type": "message", "content": [1, null]}]})").verdict,
            Verdict::empty);
}

TEST(Expectations, ComeFromASetting) {
  EXPECT_EQ(expectation_of("").wanted, Expectation::Wanted::anything);
  EXPECT_EQ(expectation_of("text").wanted, Expectation::Wanted::text);
  EXPECT_EQ(expectation_of("json").wanted, Expectation::Wanted::json);
  EXPECT_THROW(expectation_of("xml"), Error);
  EXPECT_THROW(expectation_of("@/nowhere/s.json"), Error);
  EXPECT_FALSE(expectation_of("").refuses(Verdict::cut));
  EXPECT_TRUE(expectation_of("text").refuses(Verdict::cut));
  EXPECT_FALSE(expectation_of("text").refuses(Verdict::usable));
}

}  // namespace
}  // namespace headway::job
