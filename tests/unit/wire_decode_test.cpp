#include "wire/decode.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace headway::wire {
namespace {

using Decode = Outcome<Response> (*)(std::string);

ErrorInfo fault(Outcome<Response> outcome) {
  EXPECT_FALSE(outcome.has_value());
  return outcome.has_value() ? ErrorInfo() : outcome.error().info();
}

std::string protocol_fault(const std::string& body, Decode decode = decode_completion) {
  const auto info = fault(decode(body));
  EXPECT_EQ(info.kind, ErrorKind::protocol) << body;
  return info.message;
}

std::string chat_with_message(const std::string& message) {
  return R"({"choices":[{"index":0,"message":)" + message + R"(,"finish_reason":"stop"}]})";
}

std::string chat_text(const std::string& message) {
  return decode_chat(chat_with_message(message)).value().text();
}

TEST(DecodeCompletion, ReadsAWholeAnswer) {
  const std::string body = R"({
    "id": "cmpl-1", "object": "text_completion", "created": 1589478378, "model": "gpt-3.5-turbo-instruct",
    "choices": [{"text": "\n\nI am \"well\" \u00e9\ud83d\ude00", "index": 0, "logprobs": null, "finish_reason": "length"}],
    "usage": {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12,
              "completion_tokens_details": {"reasoning_tokens": 3}}
  })";
  const auto response = decode_completion(body).value();
  ASSERT_EQ(response.choices.size(), 1u);
  EXPECT_EQ(response.text(), "\n\nI am \"well\" é😀");
  EXPECT_EQ(response.finish_reason(), "length");
  EXPECT_EQ(response.model, "gpt-3.5-turbo-instruct");
  EXPECT_EQ(response.usage.prompt_tokens, 5);
  EXPECT_EQ(response.usage.completion_tokens, 7);
  EXPECT_EQ(response.usage.total_tokens, 12);
  EXPECT_EQ(response.usage.reasoning_tokens, 3);
  EXPECT_EQ(response.raw, body);
}

TEST(DecodeCompletion, PutsChoicesInTheOrderOfTheirIndex) {
  const auto response = decode_completion(R"({"choices":[{"index":2,"text":"c"},{"text":"a","index":0},
                                            {"index":1,"text":"b","finish_reason":"stop"}]})")
                            .value();
  ASSERT_EQ(response.choices.size(), 3u);
  EXPECT_EQ(response.choices[0].text, "a");
  EXPECT_EQ(response.choices[1].text, "b");
  EXPECT_EQ(response.choices[1].finish_reason, "stop");
  EXPECT_EQ(response.choices[2].text, "c");
}

TEST(DecodeCompletion, OneChoiceNeedsNoIndex) {
  EXPECT_EQ(decode_completion(R"({"choices":[{"text":"a"}]})").value().text(), "a");
  EXPECT_EQ(decode_completion(R"({"choices":[{"index":null,"text":"a"}]})").value().text(), "a");
}

TEST(DecodeCompletion, ChoicesThatCannotBeToldApartAreAnErrorAndNeverAGuess) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"choices":[{"index":0,"text":"a"},{"text":"b"}]})",
       "the answer has 2 choices, and one of them has no index"},
      {R"({"choices":[{"text":"a"},{"text":"b"}]})", "the answer has 2 choices, and one of them has no index"},
      {R"({"choices":[{"index":1,"text":"a"},{"index":1,"text":"b"}]})", "the answer has two choices with the index 1"},
      {R"({"choices":[{"index":0,"text":"a"},{"index":2,"text":"b"}]})",
       "the answer has 2 choices, and one of them has the index 2"},
      {R"({"choices":[{"index":-1,"text":"a"},{"index":0,"text":"b"}]})",
       "the answer has 2 choices, and one of them has the index -1"},
      {R"({"choices":[{"index":3,"text":"a"}]})", "the answer has 1 choices, and one of them has the index 3"},
  };
  for (const auto& [body, message] : cases) EXPECT_EQ(protocol_fault(body), message);
}

TEST(DecodeCompletion, AnAnswerWithoutChoicesIsAnError) {
  for (const char* body : {"{}", R"({"choices":[]})", R"({"choices":null})", R"({"usage":{"total_tokens":3}})"}) {
    EXPECT_EQ(protocol_fault(body), "the answer has no choices");
  }
}

TEST(DecodeCompletion, AChoiceOfTheWrongPathIsAnError) {
  EXPECT_EQ(protocol_fault(chat_with_message(R"({"content":"a"})")), "the answer has a choice without a text");
  EXPECT_EQ(protocol_fault(R"({"choices":[{"index":0,"text":"a"}]})", decode_chat),
            "the answer has a choice without a message");
}

TEST(DecodeCompletion, SaysWhatKindOfContentCameAndShowsNoneOfIt) {
  const std::pair<std::string, const char*> cases[] = {
      {"", "the answer's body is empty"},
      {" \r\n", "the answer's body is empty"},
      {"<!DOCTYPE html>\n<html><title>secret</title></html>",
       "the answer is a web page and not JSON (50 bytes): is the base URL right?"},
      {"\n<HTML secret", "the answer is a web page and not JSON (13 bytes): is the base URL right?"},
      {"<secret>", "the answer is not a JSON object (8 bytes)"},
      {"the secret", "the answer is not a JSON object (10 bytes)"},
      {R"(["secret"])", "the answer is not a JSON object (10 bytes)"},
      {R"("secret")", "the answer is not a JSON object (8 bytes)"},
      {"null", "the answer is not a JSON object (4 bytes)"},
      {"{\"choices\":[{\"text\":\"\xFF\"}]}", "the answer is not valid UTF-8 (26 bytes)"},
      {R"({"choices":[{"text":"secr)", "the answer's JSON breaks off after 25 bytes"},
      {R"({"choices":[{"text":"secret"})", "the answer's JSON is malformed (29 bytes)"},
      {R"({"choices":[{"text":"secret"}],)", "the answer's JSON breaks off after 31 bytes"},
      {R"({"choices" [{"text":"secret"}]})", "the answer's JSON is malformed (31 bytes)"},
      {R"({"choices":[{"text":"secret"}]}})", "the answer's JSON is malformed (32 bytes)"},
      {R"({"choices":[{"text":"secret"}]} {})", "the answer's JSON is malformed (34 bytes)"},
      {R"({"choices":[{"text":"\ud800 secret"}]})", "the answer's JSON is malformed (38 bytes)"},
      {R"({"choices":"secret"})", "the answer is JSON, but a field of it has another type than it should (20 bytes)"},
      {R"({"choices":["secret"]})", "the answer is JSON, but a field of it has another type than it should (22 bytes)"},
  };
  for (const auto& [body, message] : cases) EXPECT_EQ(protocol_fault(body), message);
}

TEST(DecodeCompletion, EveryPrefixOfAnAnswerIsAnError) {
  const std::string body =
      R"({"id":"1","choices":[{"index":0,"text":"a","logprobs":{"x":[{}]}}],"usage":{"total_tokens":1},"x":{"y":{}}})";
  ASSERT_TRUE(decode_completion(body).has_value());
  for (std::size_t size = 0; size < body.size(); ++size) protocol_fault(body.substr(0, size));
}

TEST(DecodeCompletion, UsageMayBeAbsentNullFractionalOrNonsense) {
  const auto usage = [](const std::string& fields) {
    return decode_completion(R"({"choices":[{"text":"a"}])" + fields + "}").value().usage;
  };
  EXPECT_EQ(usage("").total_tokens, 0);
  EXPECT_EQ(usage(R"(,"usage":null)").total_tokens, 0);
  EXPECT_EQ(usage(R"(,"usage":"many")").total_tokens, 0);
  EXPECT_EQ(usage(R"(,"usage":{"prompt_tokens":5.0,"completion_tokens":null,"total_tokens":"12"})").prompt_tokens, 5);
  EXPECT_EQ(usage(R"(,"usage":{"prompt_tokens":1.2e1})").prompt_tokens, 12);
  EXPECT_EQ(usage(R"(,"usage":{"prompt_tokens":1e300})").prompt_tokens, 0);
  EXPECT_EQ(usage(R"(,"usage":{"prompt_tokens":18446744073709551615})").prompt_tokens, 0);
  EXPECT_EQ(usage(R"(,"usage":{"prompt_tokens":[1],"total_tokens":3})").total_tokens, 3);
}

TEST(DecodeChat, TellsCachedAndReasoningTokensAndTheServiceTier) {
  const auto response = decode_chat(R"({
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 2006, "completion_tokens": 300, "total_tokens": 2306,
      "prompt_tokens_details": {"cached_tokens": 1920, "audio_tokens": 0},
      "completion_tokens_details": {"reasoning_tokens": 256, "accepted_prediction_tokens": 0}},
    "service_tier": "flex"})")
                            .value();
  EXPECT_EQ(response.usage.prompt_tokens, 2006);
  EXPECT_EQ(response.usage.cached_tokens, 1920);
  EXPECT_EQ(response.usage.completion_tokens, 300);
  EXPECT_EQ(response.usage.reasoning_tokens, 256);
  EXPECT_EQ(response.service_tier, "flex");
}

TEST(DecodeChat, DetailsOfUsageMayBeAbsentNullOrNonsense) {
  const auto cached = [](const std::string& details) {
    const auto usage = R"(,"usage":{"prompt_tokens":5,"prompt_tokens_details":)" + details + R"(,"total_tokens":6}})";
    const auto response = decode_completion(R"({"service_tier":null,"choices":[{"text":"a"}])" + usage).value();
    EXPECT_EQ(response.usage.prompt_tokens, 5) << details;
    EXPECT_EQ(response.usage.total_tokens, 6) << details;
    EXPECT_EQ(response.service_tier, "");
    return response.usage.cached_tokens;
  };
  EXPECT_EQ(cached(R"({"cached_tokens":4})"), 4);
  for (const char* details :
       {"null", "{}", "[4]", "4", R"("4")", R"({"cached_tokens":null})", R"({"cached_tokens":[4]})"})
    EXPECT_EQ(cached(details), 0) << details;
}

TEST(DecodeCompletion, FieldsOfNoImportanceMayHaveAnyType) {
  const auto response =
      decode_completion(R"({"model":7,"error":null,"choices":[{"text":null,"finish_reason":3,"index":0}]})").value();
  EXPECT_EQ(response.model, "");
  EXPECT_EQ(response.text(), "");
  EXPECT_EQ(response.finish_reason(), "");
}

TEST(DecodeCompletion, AnErrorInsideAnAnswerIsTheProvidersError) {
  const auto info = fault(decode_completion(
      R"({"error":{"message":"boom","type":"internal","param":null,"code":null},"choices":[{"text":"a"}]})"));
  EXPECT_EQ(info.kind, ErrorKind::server);
  EXPECT_EQ(info.message, "the server answered with an error, though with a status of success");
  EXPECT_EQ(info.provider_message, "boom");
  EXPECT_EQ(info.provider_type, "internal");
}

TEST(DecodeCompletion, AnErrorInsideAnAnswerHasTheKindOfItsCode) {
  const std::pair<const char*, ErrorKind> cases[] = {
      {R"({"error":"model is loading"})", ErrorKind::server},
      {R"({"error":{}})", ErrorKind::server},
      {R"({"error":{"code":"insufficient_quota"}})", ErrorKind::quota_exhausted},
      {R"({"error":{"code":429,"message":"slower"},"choices":null})", ErrorKind::rate_limited},
      {R"({"error":{"code":"502"}})", ErrorKind::server},
      {R"({"error":{"code":401}})", ErrorKind::authentication},
      {R"({"error":{"code":"model_not_found"}})", ErrorKind::not_found},
      {R"({"error":{"type":"invalid_request_error","code":null}})", ErrorKind::bad_request},
  };
  for (const auto& [body, kind] : cases) EXPECT_EQ(fault(decode_completion(body)).kind, kind) << body;
}

TEST(DecodeCompletion, AnEmptyErrorIsNone) {
  for (const char* error : {"null", R"("")"}) {
    const std::string body = std::string(R"({"error":)") + error + R"(,"choices":[{"text":"a"}]})";
    EXPECT_EQ(decode_completion(body).value().text(), "a");
  }
}

TEST(DecodeCompletion, LongAnswersAreReadToo) {
  const std::string text(3'000'000, 'x');
  EXPECT_EQ(decode_completion(R"({"choices":[{"text":")" + text + R"("}]})").value().text(), text);
}

TEST(DecodeCompletion, ThreadsDoNotDisturbEachOther) {
  const auto many = [](const std::string& text) {
    for (int i = 0; i < 1000; ++i) {
      EXPECT_EQ(decode_completion(R"({"choices":[{"text":")" + text + R"("}]})").value().text(), text);
    }
  };
  std::thread other(many, "other");
  many("this");
  other.join();
}

TEST(DecodeChat, ReadsAWholeAnswer) {
  const auto response = decode_chat(R"({"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m-2024",
      "choices":[{"index":0,"message":{"role":"assistant","content":"Paris.","refusal":null,"annotations":[]},
                  "logprobs":null,"finish_reason":"stop"}],
      "usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}})")
                            .value();
  EXPECT_EQ(response.text(), "Paris.");
  EXPECT_EQ(response.finish_reason(), "stop");
  EXPECT_EQ(response.model, "m-2024");
  EXPECT_EQ(response.usage.total_tokens, 11);
}

TEST(DecodeChat, AnAnswerOfToolCallsHasNoText) {
  const auto response = decode_chat(R"({"choices":[{"index":0,"finish_reason":"tool_calls","message":
      {"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f"}}]}}]})")
                            .value();
  EXPECT_EQ(response.text(), "");
  EXPECT_EQ(response.finish_reason(), "tool_calls");
  EXPECT_NE(response.raw.find("tool_calls"), std::string::npos);
}

TEST(DecodeChat, ContentMayHaveSeveralForms) {
  EXPECT_EQ(chat_text(R"({"content":"plain"})"), "plain");
  EXPECT_EQ(chat_text(R"({"content":[{"type":"text","text":"one "},{"text":"two","type":"text"}]})"), "one two");
  EXPECT_EQ(chat_text(R"({"content":[{"type":"thinking","thinking":[{"text":"hm"}]},"bare"]})"), "bare");
  EXPECT_EQ(chat_text(R"({"content":[]})"), "");
  EXPECT_EQ(chat_text(R"({"role":"assistant"})"), "");
}

TEST(DecodeChat, ARefusalIsTheTextWhereThereIsNoContent) {
  EXPECT_EQ(chat_text(R"({"content":null,"refusal":"I cannot."})"), "I cannot.");
  EXPECT_EQ(chat_text(R"({"refusal":"","content":"Yes."})"), "Yes.");
}

TEST(DecodeChat, AMissingFinishReasonIsNoFault) {  // Ollama
  const auto outcome = decode_chat(R"({"choices":[{"index":0,"message":{"content":"a"},"finish_reason":null}]})");
  EXPECT_EQ(outcome.value().finish_reason(), "");
}

TEST(DecodeModels, GivesTheNamesInTheirOrder) {
  const auto names =
      decode_models(R"({"object":"list","data":[{"id":"b","object":"model"},{"object":"model","id":"a"}]})");
  EXPECT_EQ(names.value(), (std::vector<std::string>{"b", "a"}));
}

TEST(DecodeModels, AnEmptyListIsNoFault) {
  EXPECT_TRUE(decode_models(R"({"data":[]})").value().empty());
  EXPECT_TRUE(decode_models(R"({"object":"list","data":null})").value().empty());  // Ollama without models
}

TEST(DecodeModels, AnythingElseIsAnError) {
  EXPECT_EQ(decode_models("{}").error().info().message, "the answer has no list of models");
  EXPECT_EQ(decode_models("<!doctype html>").error().kind(), ErrorKind::protocol);
  EXPECT_EQ(decode_models(R"({"data":["a"]})").error().kind(), ErrorKind::protocol);
  EXPECT_EQ(decode_models(R"({"error":"no"})").error().info().provider_message, "no");
}

}  // namespace
}  // namespace headway::wire
