#include "wire/answer.hpp"

#include <gtest/gtest.h>

#include <thread>

#include <headway/outcome.hpp>

#include "wire/ending.hpp"
#include "wire/models.hpp"

namespace headway::wire {
namespace {

Outcome<Answer> read(std::string body, Form form) {
  const auto before = body;
  Answer answer;
  const auto fault = read_answer(body, form, answer);
  EXPECT_EQ(body, before);
  if (fault) return *fault;
  return answer;
}

Outcome<Answer> decode_completion(std::string body) {
  return read(std::move(body), Form::completion);
}
Outcome<Answer> decode_chat(std::string body) {
  return read(std::move(body), Form::chat);
}

const std::string& text_in(const Answer& answer) {
  return answer.choices.front().text;
}

ErrorInfo fault(Outcome<Answer> outcome) {
  EXPECT_FALSE(outcome.has_value());
  return outcome.has_value() ? ErrorInfo() : outcome.error().info();
}

std::string protocol_fault(const std::string& body) {
  const auto info = fault(decode_completion(body));
  EXPECT_EQ(info.kind, ErrorKind::protocol) << body;
  return info.message;
}

std::string chat_with_message(const std::string& message) {
  return R"({"choices":[{"index":0,"message":)" + message + R"(,"finish_reason":"stop"}]})";
}

std::string chat_text(const std::string& message) {
  return text_in(decode_chat(chat_with_message(message)).value());
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
  EXPECT_EQ(text_in(response), "\n\nI am \"well\" é😀");
  EXPECT_EQ(response.choices.front().finish_reason, "length");
  EXPECT_EQ(response.model, "gpt-3.5-turbo-instruct");
  EXPECT_EQ(response.usage.prompt_tokens, 5);
  EXPECT_EQ(response.usage.completion_tokens, 7);
  EXPECT_EQ(response.usage.total_tokens, 12);
  EXPECT_EQ(response.usage.reasoning_tokens, 3);
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
  EXPECT_EQ(text_in(decode_completion(R"({"choices":[{"text":"a"}]})").value()), "a");
  EXPECT_EQ(text_in(decode_completion(R"({"choices":[{"index":null,"text":"a"}]})").value()), "a");
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
  };
  for (const auto& [body, message] : cases) EXPECT_EQ(protocol_fault(body), message);
}

TEST(DecodeCompletion, AnAnswerWithoutChoicesIsAnError) {
  for (const char* body : {"{}", R"({"choices":[]})", R"({"choices":null})", R"({"usage":{"total_tokens":3}})"}) {
    EXPECT_EQ(protocol_fault(body), "the answer has no choices");
  }
}

TEST(DecodeCompletion, TakesTheFormsThatOpenAIsSdkTakes) {
  EXPECT_EQ(text_in(decode_chat(R"({"choices":[{"index":0,"text":"a"}]})").value()), "a");
  EXPECT_EQ(text_in(decode_completion(chat_with_message(R"({"content":"a"})")).value()), "a");
  EXPECT_EQ(text_in(decode_completion(R"({"choices":[{"index":1,"text":"a"}]})").value()), "a");
  EXPECT_EQ(text_in(decode_completion(R"({"choices":[{"index":"0","text":"a"}]})").value()), "a");
  const auto filtered = decode_chat(R"({"choices":[{"index":0,"finish_reason":"content_filter"}]})").value();
  EXPECT_EQ(filtered.choices.front().ending, Ending::filtered);
}

TEST(DecodeCompletion, AChoiceThatSaysNothingIsAnError) {
  for (const char* choice : {"{}", "3", "null", R"({"index":0})", R"({"message":3})"}) {
    EXPECT_EQ(protocol_fault(std::string(R"({"choices":[)") + choice + "]}"), "the answer has a choice without a text");
  }
}

TEST(ReadAnswer, FewerChoicesThanWereAskedForAreNoWholeAnswer) {
  const auto fault_of = [](std::string body, std::int64_t asked, Form form = Form::chat) {
    Answer answer;
    const auto fault = read_answer(body, form, answer, asked);
    EXPECT_EQ(answer.usage.prompt_tokens, 5) << "it was paid for";
    return fault ? fault->info().message : "";
  };
  const auto choice = [](int index) { return R"({"text":"a","index":)" + std::to_string(index) + "}"; };
  const auto body = [](const std::string& choices) {
    return R"({"usage":{"prompt_tokens":5},"choices":[)" + choices + "]}";
  };
  EXPECT_EQ(fault_of(body(choice(0)), 2), "the answer has 1 of the 2 choices that were asked for");
  EXPECT_EQ(fault_of(body(choice(1) + "," + choice(0)), 2), "");
  EXPECT_EQ(fault_of(body(choice(0) + "," + choice(2)), 2),
            "the answer has 2 choices, and one of them has the index 2");
  EXPECT_EQ(fault_of(body(choice(0) + "," + choice(0)), 2), "the answer has two choices with the index 0");
  EXPECT_EQ(fault_of(body(choice(0) + "," + choice(1)), 1), "") << "more than were asked for are all told apart";
  EXPECT_EQ(fault_of(R"({"usage":{"prompt_tokens":5},"data":[{}]})", 2, Form::embeddings), "");
}

TEST(ReadAnswer, OnlyWhatIsReadMustBeReadable) {
  for (const char* value : {"18446744073709552000", "123456789012345678901234567890", "1e400", "NaN", "-Infinity",
                            R"("\ud83d")", R"([NaN,{"\udc00":-Infinity}])"}) {
    const auto with = std::string(R"({"x":)") + value + R"(,"choices":[{"logprobs":)" + value +
                      R"(,"text":"a"}],"usage":)" + R"({"x":)" + value + R"(,"prompt_tokens":5},"y":)" + value + "}";
    const auto answer = decode_completion(with);
    ASSERT_TRUE(answer.has_value()) << value << answer.error().what();
    EXPECT_EQ(text_in(*answer), "a");
    EXPECT_EQ(answer->usage.prompt_tokens, 5);
  }
}

TEST(ReadAnswer, HalfASurrogatePairIsReadAsAReplacement) {
  const auto text = [](const std::string& escaped) {
    return text_in(decode_completion(R"({"choices":[{"text":")" + escaped + R"("}]})").value());
  };
  EXPECT_EQ(text(R"(Nice \ud83d)"), "Nice \uFFFD");
  EXPECT_EQ(text(R"(\ude00 \\ud83d \ud83d\ude00 \ud83d\n\u00e9)"), "\uFFFD \\ud83d 😀 \uFFFD\né");
  EXPECT_EQ(protocol_fault(R"({"choices":[{"text":"\q"}]})"), "the answer's JSON is malformed (27 bytes)");
}

TEST(ReadAnswer, AByteOrderMarkIsPassedOver) {
  EXPECT_EQ(text_in(decode_completion("\xEF\xBB\xBF{\"choices\":[{\"text\":\"a\"}]}").value()), "a");
}

TEST(ReadAnswer, WhatItTookIsReadThoughItIsOfNoUse) {
  const std::string usage = R"("usage":{"prompt_tokens":5,"completion_tokens":7},"service_tier":"flex")";
  for (const auto& body :
       {R"({"choices":3,)" + usage + "}", R"({"choices":[{},{}],)" + usage + "}", R"({"error":"no",)" + usage + "}",
        "{\"x\":\"\xFF\"," + usage + "}", R"({"choices":[{"text":"a","error":{"code":502}}],)" + usage + "}"}) {
    Answer answer;
    auto copy = body;
    EXPECT_TRUE(read_answer(copy, Form::completion, answer)) << body;
    EXPECT_EQ(answer.usage.completion_tokens, 7) << body;
    EXPECT_TRUE(answer.choices.empty());
  }
}

TEST(ReadAnswer, AnErrorInsideAChoiceFailsByItsCode) {
  const auto failed = [](const std::string& error) {
    return fault(
        decode_chat(R"({"choices":[{"message":{"content":"half"},"finish_reason":"error","error":)" + error + "}]}"));
  };
  EXPECT_EQ(failed(R"({"code":502,"message":"gone"})").kind, ErrorKind::server);
  EXPECT_EQ(failed(R"({"code":502,"message":"gone"})").provider_message, "gone");
  EXPECT_EQ(failed(R"({"code":"insufficient_quota"})").kind, ErrorKind::quota_exhausted);
  EXPECT_EQ(failed(R"("gone")").provider_message, "gone");
  EXPECT_EQ(failed("null").kind, ErrorKind::server) << "it says that it was broken off";
}

TEST(ReadAnswer, EndsInOneOfAFewWays) {
  const std::pair<const char*, Ending> cases[] = {
      {"stop", Ending::stop},           {"STOP", Ending::stop},          {"eos", Ending::stop},
      {"end_turn", Ending::stop},       {"stop_sequence", Ending::stop}, {"tool_calls", Ending::tool_calls},
      {"tool_use", Ending::tool_calls}, {"length", Ending::length},      {"MAX_TOKENS", Ending::length},
      {"model_length", Ending::length}, {"SAFETY", Ending::filtered},    {"RECITATION", Ending::filtered},
      {"refusal", Ending::refused},     {"made_up", Ending::unknown},    {"stopped", Ending::unknown},
  };
  for (const auto& [word, ending] : cases) {
    const auto answer =
        decode_completion(R"({"choices":[{"text":"a","finish_reason":")" + std::string(word) + R"("}]})");
    EXPECT_EQ(answer.value().choices.front().ending, ending) << word;
  }
  for (const char* word : {"abort", "insufficient_system_resource", "error"}) {
    const auto info =
        fault(decode_completion(R"({"choices":[{"text":"a","finish_reason":")" + std::string(word) + R"("}]})"));
    EXPECT_EQ(info.kind, ErrorKind::server) << word;
    EXPECT_NE(info.message.find(word), std::string::npos);
  }
  EXPECT_EQ(ending_of(""), Ending::stop);
}

TEST(ReadAnswer, WhatIsSaidInsteadOfAnAnswerIsKept) {
  const auto said = fault(decode_chat(R"({"code":50501,"message":"sensitive content"})"));
  EXPECT_EQ(said.kind, ErrorKind::protocol);
  EXPECT_EQ(said.provider_message, "sensitive content");
  EXPECT_EQ(fault(decode_chat(R"({"object":"error","message":"too long","type":"BadRequestError","code":400})")).kind,
            ErrorKind::bad_request);
  EXPECT_EQ(fault(decode_chat(R"({"code":"1113","msg":"no balance"})")).kind, ErrorKind::quota_exhausted);
  EXPECT_EQ(fault(decode_chat(R"({"code":503,"message":"busy"})")).kind, ErrorKind::server);
}

TEST(ReadAnswer, OfResponses) {
  const auto of = [](const std::string& body) { return read(body, Form::responses); };
  const auto whole = of(R"({"status":"completed","error":null,"output":[{"type":"reasoning","summary":[]},
      {"type":"message","content":[{"type":"output_text","text":"a"},{"type":"output_text","text":"b"}]}],
      "usage":{"input_tokens":7,"input_tokens_details":{"cached_tokens":2},"output_tokens":5,"total_tokens":12}})")
                         .value();
  EXPECT_EQ(text_in(whole), "ab");
  EXPECT_EQ(whole.choices.front().ending, Ending::stop);
  EXPECT_EQ(whole.usage.prompt_tokens, 7);
  EXPECT_EQ(whole.usage.cached_tokens, 2);
  const auto ending = [&](const std::string& body) { return of(body).value().choices.front().ending; };
  EXPECT_EQ(ending(R"({"output":[],"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"}})"),
            Ending::length);
  EXPECT_EQ(ending(R"({"status":"incomplete","incomplete_details":{"reason":"content_filter"},"output":[]})"),
            Ending::filtered);
  EXPECT_EQ(ending(R"({"status":"incomplete","incomplete_details":null,"output":[]})"), Ending::length);
  EXPECT_EQ(
      ending(R"({"status":"completed","output":[{"type":"message","content":[{"type":"refusal","refusal":"no"}]}]})"),
      Ending::refused);
  EXPECT_TRUE(of(R"({"status":"completed","output":[{"type":"function_call","name":"f"}]})")
                  .value()
                  .choices.front()
                  .has_more_than_text);
  EXPECT_EQ(fault(of(R"({"status":"queued","output":[]})")).kind, ErrorKind::protocol);
  const auto failed = fault(of(R"({"status":"failed","error":{"code":"server_error","message":"m"},"output":[]})"));
  EXPECT_EQ(failed.kind, ErrorKind::server);
  EXPECT_EQ(failed.provider_message, "m");
}

TEST(ReadAnswer, OfEmbeddings) {
  const auto answer = read(R"({"data":[{"index":0,"embedding":[0.1,2]}],"usage":{"prompt_tokens":8,"total_tokens":8}})",
                           Form::embeddings)
                          .value();
  ASSERT_EQ(answer.choices.size(), 1u);
  EXPECT_TRUE(answer.choices.front().has_more_than_text);
  EXPECT_EQ(answer.usage.prompt_tokens, 8);
  EXPECT_EQ(answer.usage.completion_tokens, 0);
  EXPECT_FALSE(read(R"({"data":[]})", Form::embeddings).value().choices.front().has_more_than_text);
  EXPECT_FALSE(read("{}", Form::embeddings).has_value());
}

TEST(ReadAnswer, OfAnotherPathNeedsNoChoices) {
  EXPECT_EQ(read(R"({"results":[1],"usage":{"prompt_tokens":3}})", Form::other).value().usage.prompt_tokens, 3);
  EXPECT_EQ(fault(read(R"({"error":{"message":"no"}})", Form::other)).provider_message, "no");
  EXPECT_TRUE(read(R"({"message":"fine"})", Form::other).has_value());
}

TEST(FormOf, IsInAPathsLastWord) {
  EXPECT_EQ(form_of("/v1/chat/completions"), Form::chat);
  EXPECT_EQ(form_of("/openai/deployments/m/chat/completions?api-version=1"), Form::chat);
  EXPECT_EQ(form_of("/v1/completions"), Form::completion);
  EXPECT_EQ(form_of("/v1/responses"), Form::responses);
  EXPECT_EQ(form_of("/v1/embeddings"), Form::embeddings);
  EXPECT_EQ(form_of("/v1/models"), Form::other);
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
      {R"({"choices":"secret"})", "the answer has no choices"},
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
  EXPECT_EQ(text_in(response), "");
  EXPECT_EQ(response.choices.front().finish_reason, "");
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
  for (const char* error : {"null", R"("")", "{}", "false", "[]", "0",
                            R"({"message":"","type":"","param":null,"code":null})", R"({"code":0,"message":" "})"}) {
    const std::string body = std::string(R"({"error":)") + error + R"(,"choices":[{"text":"a"}]})";
    EXPECT_EQ(text_in(decode_completion(body).value()), "a");
  }
}

TEST(DecodeCompletion, LongAnswersAreReadToo) {
  const std::string text(3'000'000, 'x');
  EXPECT_EQ(text_in(decode_completion(R"({"choices":[{"text":")" + text + R"("}]})").value()), text);
}

TEST(DecodeCompletion, ThreadsDoNotDisturbEachOther) {
  const auto many = [](const std::string& text) {
    for (int i = 0; i < 1000; ++i) {
      EXPECT_EQ(text_in(decode_completion(R"({"choices":[{"text":")" + text + R"("}]})").value()), text);
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
  EXPECT_EQ(text_in(response), "Paris.");
  EXPECT_EQ(response.choices.front().finish_reason, "stop");
  EXPECT_EQ(response.model, "m-2024");
  EXPECT_EQ(response.usage.total_tokens, 11);
}

TEST(DecodeChat, AnAnswerOfToolCallsHasNoText) {
  const auto response = decode_chat(R"({"choices":[{"index":0,"finish_reason":"tool_calls","message":
      {"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f"}}]}}]})")
                            .value();
  EXPECT_EQ(text_in(response), "");
  EXPECT_EQ(response.choices.front().finish_reason, "tool_calls");
  EXPECT_TRUE(response.choices.front().has_more_than_text);
  EXPECT_EQ(response.choices.front().ending, Ending::tool_calls);
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
  EXPECT_EQ(outcome.value().choices.front().finish_reason, "");
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
  EXPECT_EQ(decode_models(R"({"data":7})").error().kind(), ErrorKind::protocol);
  EXPECT_EQ(decode_models(R"({"error":"no"})").error().info().provider_message, "no");
}

}  // namespace
}  // namespace headway::wire
