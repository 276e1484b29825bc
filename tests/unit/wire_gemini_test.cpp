#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <headway/error.hpp>

#include "wire/answer.hpp"
#include "wire/dialect.hpp"
#include "wire/models.hpp"
#include "wire/provider_error.hpp"
#include "wire/stream_decoder.hpp"

namespace headway::wire {
namespace {

namespace json = boost::json;

const Dialect& gemini() {
  return *dialect_of("gemini");
}

json::value contents_asked(std::string_view chat) {
  return json::parse(gemini().question_of(chat).body);
}

std::string gemini_refusal(std::string_view chat) {
  try {
    gemini().question_of(chat);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::configuration);
    return error.info().message;
  }
  return "";
}

std::string chat_with(std::string_view field, std::string_view model = "gemini-2.5-flash") {
  return R"({"model": ")" + std::string(model) + R"(", "messages": [{"role": "user", "content": "Hi"}], )" +
         std::string(field) + "}";
}

json::value config_asked(std::string_view field, std::string_view model = "gemini-2.5-flash") {
  return contents_asked(chat_with(field, model)).at("generationConfig");
}

json::value contents_of(std::string_view messages, std::string_view model = "gemini-2.5-flash") {
  return contents_asked(R"({"model": ")" + std::string(model) + R"(", "messages": )" + std::string(messages) + "}")
      .at("contents");
}

TEST(Gemini, AChatOfTextsBecomesContentsAndASystemInstruction) {
  const auto question = gemini().question_of(R"({"model": "gemini-2.5-flash", "messages": [
      {"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"},
      {"role": "assistant", "content": "Yes?"}, {"role": "user", "content": "東京"}], "temperature": 0.5, "top_p": 0.9,
      "max_tokens": 9, "stop": "\n", "seed": 7, "n": 2, "presence_penalty": 0.1, "frequency_penalty": 0.2,
      "stream": true, "stream_options": {"include_usage": true}})");
  EXPECT_EQ(question.path, "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse");
  EXPECT_EQ(json::parse(question.body), json::parse(R"({
      "contents": [{"role": "user", "parts": [{"text": "Hi"}]}, {"role": "model", "parts": [{"text": "Yes?"}]},
                   {"role": "user", "parts": [{"text": "東京"}]}],
      "systemInstruction": {"parts": [{"text": "Be brief."}]},
      "generationConfig": {"temperature": 0.5, "topP": 0.9, "maxOutputTokens": 9, "stopSequences": ["\n"], "seed": 7,
                           "candidateCount": 2, "presencePenalty": 0.1, "frequencyPenalty": 0.2}})"));
}

TEST(Gemini, TheModelStandsInThePath) {
  const auto path = [](std::string_view model) {
    return gemini().question_of(R"({"messages": [], "stream": false, "model": ")" + std::string(model) + "\"}").path;
  };
  EXPECT_EQ(path("gemini-2.5-flash"), "/v1beta/models/gemini-2.5-flash:generateContent");
  EXPECT_EQ(path("models/gemini-2.5-flash"), "/v1beta/models/gemini-2.5-flash:generateContent");
  EXPECT_EQ(path("tunedModels/mine-1"), "/v1beta/tunedModels/mine-1:generateContent");
  EXPECT_EQ(path("a b?c:d#e@東"), "/v1beta/models/a%20b%3Fc%3Ad%23e%40%E6%9D%B1:generateContent");
  for (const std::string_view wrong : {"", "../x", "models/..", "models//x", "models/", "/x", "."}) {
    EXPECT_THROW(path(wrong), Error) << wrong;
  }
}

TEST(Gemini, PicturesFilesAndSoundAreInlinedOrNamed) {
  const auto contents = contents_of(R"([{"role": "user", "content": [{"type": "text", "text": "What?"},
      {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD", "detail": "low"}},
      {"type": "image_url", "image_url": "https://x/y.JPG?size=1"},
      {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,QQ=="}},
      {"type": "file", "file": {"file_id": "https://generativelanguage.googleapis.com/v1beta/files/abc"}},
      {"type": "file", "file": {"file_id": "gs://bucket/a", "format": "video/mp4"}},
      {"type": "input_audio", "input_audio": {"data": "UklG", "format": "wav"}},
      {"inlineData": {"mimeType": "video/mp4", "data": "QQ=="}}]}])");
  EXPECT_EQ(contents.at(0).at("parts"), json::parse(R"([{"text": "What?"},
      {"inlineData": {"mimeType": "image/png", "data": "QUJD"}},
      {"fileData": {"mimeType": "image/jpeg", "fileUri": "https://x/y.JPG?size=1"}},
      {"inlineData": {"mimeType": "application/pdf", "data": "QQ=="}},
      {"fileData": {"fileUri": "https://generativelanguage.googleapis.com/v1beta/files/abc"}},
      {"fileData": {"mimeType": "video/mp4", "fileUri": "gs://bucket/a"}},
      {"inlineData": {"mimeType": "audio/wav", "data": "UklG"}},
      {"inlineData": {"mimeType": "video/mp4", "data": "QQ=="}}])"));
}

constexpr std::string_view talk_of_tools = R"([{"role": "user", "content": "Weather?"},
    {"role": "assistant", "content": null, "tool_calls": [
        {"id": "a", "type": "function", "function": {"name": "look", "arguments": "{\"at\": 1}"},
         "extra_content": {"google": {"thought_signature": "c2ln"}}},
        {"id": "b", "type": "function", "function": {"name": "hear", "arguments": ""}}]},
    {"role": "tool", "tool_call_id": "b", "content": "rain"},
    {"role": "tool", "tool_call_id": "a", "content": [{"type": "text", "text": "{\"sky\": \"blue\"}"}]},
    {"role": "user", "content": "So?"}])";

TEST(Gemini, ToolCallsAndResultsGoInItsWordsWithTheirNamesAndSignatures) {
  EXPECT_EQ(contents_of(talk_of_tools), json::parse(R"([{"role": "user", "parts": [{"text": "Weather?"}]},
      {"role": "model", "parts": [
          {"functionCall": {"id": "a", "name": "look", "args": {"at": 1}}, "thoughtSignature": "c2ln"},
          {"functionCall": {"id": "b", "name": "hear", "args": {}}}]},
      {"role": "user", "parts": [
          {"functionResponse": {"id": "b", "name": "hear", "response": {"output": "rain"}}},
          {"functionResponse": {"id": "a", "name": "look", "response": {"sky": "blue"}}}]},
      {"role": "user", "parts": [{"text": "So?"}]}])"));
}

TEST(Gemini, ATextsSignatureGoesBackBehindIt) {
  const auto contents = contents_of(R"([{"role": "assistant", "content": "So.",
      "extra_content": {"google": {"thought_signature": "c2ln"}}}, {"role": "assistant", "content": ""}])");
  EXPECT_EQ(contents.at(0).at("parts"), json::parse(R"([{"text": "So."}, {"text": "", "thoughtSignature": "c2ln"}])"));
  EXPECT_EQ(contents.at(1).at("parts"), json::parse(R"([{"text": ""}])")) << "Gemini takes no message without parts";
}

TEST(Gemini, ACallThatGeminiDidNotSignGetsTheWordThatNewerModelsTake) {
  constexpr std::string_view unsigned_calls = R"([{"role": "assistant", "tool_calls": [
      {"id": "a", "function": {"name": "f"}}, {"id": "b", "function": {"name": "g"}}]}])";
  const auto parts = contents_of(unsigned_calls, "gemini-3-pro-preview").at(0).at("parts");
  EXPECT_EQ(parts.at(0).at("thoughtSignature"), "skip_thought_signature_validator");
  EXPECT_FALSE(parts.at(1).as_object().contains("thoughtSignature"));
  EXPECT_FALSE(contents_of(unsigned_calls).at(0).at("parts").at(0).as_object().contains("thoughtSignature"));
  const auto kept = contents_of(talk_of_tools, "gemini-3-pro-preview").at(1).at("parts");
  EXPECT_EQ(kept.at(0).at("thoughtSignature"), "c2ln");
}

TEST(Gemini, ToolsAndTheirChoiceGoInItsWords) {
  const auto question = contents_asked(chat_with(R"("tools": [
      {"type": "function", "function": {"name": "look", "description": "Looks.", "parameters": {"type": "object"}, "strict": true}},
      {"type": "function", "function": {"name": "hear"}}, {"googleSearch": {}}],
      "tool_choice": {"type": "function", "function": {"name": "look"}})"));
  EXPECT_EQ(question.at("tools"), json::parse(R"([{"functionDeclarations": [
      {"name": "look", "description": "Looks.", "parametersJsonSchema": {"type": "object"}}, {"name": "hear"}]},
      {"googleSearch": {}}])"));
  EXPECT_EQ(question.at("toolConfig"), json::parse(R"({"functionCallingConfig": {"mode": "ANY",
      "allowedFunctionNames": ["look"]}})"));
  const auto mode = [](std::string_view choice) {
    const auto chat =
        chat_with(R"("tools": [{"function": {"name": "f"}}], "parallel_tool_calls": false, "tool_choice": ")" +
                  std::string(choice) + "\"");
    return contents_asked(chat).at("toolConfig").at("functionCallingConfig");
  };
  EXPECT_EQ(mode("auto"), json::parse(R"({"mode": "AUTO"})"));
  EXPECT_EQ(mode("none"), json::parse(R"({"mode": "NONE"})"));
  EXPECT_EQ(mode("required"), json::parse(R"({"mode": "ANY"})"));
  EXPECT_FALSE(contents_asked(chat_with(R"("tools": [], "tool_choice": "auto")")).as_object().contains("toolConfig"));
}

TEST(Gemini, ASchemaATierAndLogprobsGoInItsWords) {
  EXPECT_EQ(config_asked(R"("response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema":
      {"type": "object", "additionalProperties": false}}})"),
            json::parse(R"({"responseMimeType": "application/json",
                            "responseJsonSchema": {"type": "object", "additionalProperties": false}})"));
  EXPECT_EQ(config_asked(R"("response_format": {"type": "json_object"})"),
            json::parse(R"({"responseMimeType": "application/json"})"));
  EXPECT_EQ(config_asked(R"("logprobs": true, "top_logprobs": 3, "modalities": ["text", "image"])"),
            json::parse(R"({"responseLogprobs": true, "logprobs": 3, "responseModalities": ["TEXT", "IMAGE"]})"));
  EXPECT_EQ(contents_asked(chat_with(R"("service_tier": "flex")")).at("serviceTier"), "flex");
  EXPECT_EQ(contents_asked(chat_with(R"("service_tier": "default")")).at("serviceTier"), "standard");
}

TEST(Gemini, AnEffortIsABudgetOfTheSecondGenerationAndALevelOfNewerOnes) {
  EXPECT_EQ(config_asked(R"("reasoning_effort": "high")"),
            json::parse(R"({"thinkingConfig": {"includeThoughts": true, "thinkingBudget": 24576}})"));
  EXPECT_EQ(config_asked(R"("reasoning_effort": "none")"),
            json::parse(R"({"thinkingConfig": {"includeThoughts": false, "thinkingBudget": 0}})"));
  for (const auto* model : {"gemini-3-pro-preview", "models/gemini-3-pro-preview", "gemini-flash-latest"}) {
    EXPECT_EQ(config_asked(R"("reasoning_effort": "low")", model),
              json::parse(R"({"thinkingConfig": {"includeThoughts": true, "thinkingLevel": "LOW"}})"));
  }
  EXPECT_NE(gemini_refusal(chat_with(R"("reasoning_effort": "xhigh")")).find("'reasoning_effort'"), std::string::npos);
  EXPECT_NE(gemini_refusal(chat_with(R"("reasoning_effort": "none")", "gemini-3-pro")).find("'none'"),
            std::string::npos);
}

TEST(Gemini, ItsOwnFieldsGoOutAsTheyAreAndLast) {
  const auto question = contents_asked(chat_with(R"("temperature": 0.5, "max_tokens": 5, "safetySettings": [{"a": 1}],
      "cachedContent": "cachedContents/x", "generationConfig": {"temperature": 1, "thinkingConfig": {"thinkingBudget": 9}})"));
  EXPECT_EQ(question.at("safetySettings"), json::parse(R"([{"a": 1}])"));
  EXPECT_EQ(question.at("cachedContent"), "cachedContents/x");
  EXPECT_EQ(question.at("generationConfig"),
            json::parse(R"({"temperature": 1, "maxOutputTokens": 5, "thinkingConfig": {"thinkingBudget": 9}})"));
}

TEST(Gemini, ItsOwnBodiesGoOutAsTheyAre) {
  EXPECT_EQ(contents_asked(R"({"model": "m", "contents": [{"role": "user", "parts": [{"text": "x"}]}],
                               "tools": [{"codeExecution": {}}], "toolConfig": {"retrievalConfig": {}}})"),
            json::parse(R"({"contents": [{"role": "user", "parts": [{"text": "x"}]}],
                            "tools": [{"codeExecution": {}}], "toolConfig": {"retrievalConfig": {}}})"));
}

TEST(Gemini, WhatItCannotBeAskedForIsAnErrorAndNamed) {
  for (const std::string_view field :
       {R"("logit_bias": {"1": 2})", R"("user": "u")", R"("metadata": {"a": "b"})", R"("functions": [{"name": "f"}])",
        R"("audio": {"voice": "alloy"})", R"("verbosity": "low")", R"("web_search_options": {})",
        R"("tools": [{"function": {"name": "f"}}, {"function": {"name": "g"}}], "parallel_tool_calls": false)"}) {
    const auto name = field.starts_with("\"tools") ? "parallel_tool_calls" : field.substr(1, field.find('"', 1) - 1);
    EXPECT_NE(gemini_refusal(chat_with(field)).find("'" + std::string(name) + "'"), std::string::npos) << field;
  }
  EXPECT_NE(gemini_refusal(chat_with(R"("service_tier": "scale")")).find("scale"), std::string::npos);
  EXPECT_NE(gemini_refusal(chat_with(R"("tools": [{"type": "web_search"}])")).find("'web_search'"), std::string::npos);
  EXPECT_NE(gemini_refusal(chat_with(R"("tool_choice": {"type": "allowed_tools"})")).find("'tool_choice'"),
            std::string::npos);
  for (const std::string_view part :
       {R"({"type": "image_url", "image_url": {"url": "http://x/y.png"}})",
        R"({"type": "file", "file": {"file_id": "file-1"}})", R"({"type": "server_tool"})", "7"}) {
    EXPECT_NE(
        gemini_refusal(R"({"model": "m", "messages": [{"role": "user", "content": [)" + std::string(part) + "]}]}"), "")
        << part;
  }
  EXPECT_NE(gemini_refusal(R"({"model": "m", "messages": [{"role": "tool", "tool_call_id": "x", "content": "y"}]})")
                .find("'tool_call_id'"),
            std::string::npos);
  EXPECT_EQ(gemini_refusal(chat_with(R"("parallel_tool_calls": true, "logit_bias": {}, "user": null, "metadata": {})")),
            "");
}

TEST(Gemini, ItsPathsAreItsOwn) {
  EXPECT_THROW(gemini().path_of("/v1/embeddings"), Error);
  EXPECT_EQ(gemini().path_of("/v1/chat/completions"), "/v1beta/models");
  EXPECT_EQ(gemini().path_of("/v1/models"), "/v1beta/models?pageSize=1000");
  EXPECT_EQ(gemini().path_of("/v1beta/files"), "/v1beta/files");
  const auto names = decode_models(R"({"models": [{"name": "models/gemini-2.5-flash", "displayName": "G"},
                                                  {"name": "tunedModels/t"}], "nextPageToken": ""})");
  EXPECT_EQ(names.value(), (std::vector<std::string>{"gemini-2.5-flash", "tunedModels/t"}));
  EXPECT_EQ(decode_models(R"({"models": [{"name": "x.gguf"}], "data": [{"id": "x"}]})").value(),
            std::vector<std::string>{"x"})
      << "llama.cpp's";
}

Answer answer_of(std::string_view response, std::optional<Error>* fault = nullptr) {
  auto chat = gemini().chat_of(response);
  Answer answer;
  EXPECT_TRUE(chat) << response;
  auto why = chat ? read_answer(*chat, Form::chat, answer) : std::nullopt;
  EXPECT_TRUE(fault || !why) << *chat;
  if (fault) *fault = std::move(why);
  if (chat) answer.translated = *std::move(chat);
  return answer;
}

TEST(Gemini, AResponseIsAnAnswer) {
  const auto answer = answer_of(R"({"candidates": [{"content": {"role": "model", "parts": [
      {"text": "Hm.", "thought": true}, {"text": "Hello \ud83d"}, {"text": " there", "thoughtSignature": "dHh0"},
      {"functionCall": {"name": "look", "args": {"at": [1, 2.5]}}, "thoughtSignature": "c2ln"},
      {"functionCall": {"id": "own", "name": "hear"}},
      {"inlineData": {"mimeType": "image/png", "data": "QQ=="}}]}, "finishReason": "STOP"}],
      "usageMetadata": {"promptTokenCount": 10, "cachedContentTokenCount": 4, "candidatesTokenCount": 5,
      "thoughtsTokenCount": 7, "totalTokenCount": 22, "serviceTier": "FLEX"},
      "modelVersion": "gemini-2.5-flash", "responseId": "r1"})");
  EXPECT_EQ(answer.choices.front().text, "Hello \uFFFD there");
  EXPECT_EQ(answer.choices.front().ending, Ending::tool_calls);
  EXPECT_EQ(answer.model, "gemini-2.5-flash");
  EXPECT_EQ(answer.service_tier, "flex");
  EXPECT_EQ(answer.usage.prompt_tokens, 10) << "with what was read from the cache";
  EXPECT_EQ(answer.usage.cached_tokens, 4);
  EXPECT_EQ(answer.usage.completion_tokens, 12) << "with what was thought";
  EXPECT_EQ(answer.usage.reasoning_tokens, 7);
  EXPECT_EQ(answer.usage.total_tokens, 22);
  const auto chat = json::parse(answer.translated);
  EXPECT_EQ(chat.at("id"), "r1");
  const auto message = chat.at("choices").at(0).at("message");
  EXPECT_EQ(message.at("reasoning_content"), "Hm.");
  EXPECT_EQ(message.at("extra_content"), json::parse(R"({"google": {"thought_signature": "dHh0"}})"));
  EXPECT_EQ(message.at("tool_calls"), json::parse(R"([
      {"id": "call_r1_0_0", "type": "function", "function": {"name": "look", "arguments": "{\"at\":[1,2.5]}"},
       "extra_content": {"google": {"thought_signature": "c2ln"}}},
      {"id": "own", "type": "function", "function": {"name": "hear", "arguments": "{}"}}])"));
  EXPECT_EQ(message.at("images"),
            json::parse(R"([{"type": "image_url", "image_url": {"url": "data:image/png;base64,QQ=="}}])"));
}

TEST(Gemini, WhatWasThoughtIsChargedOnceWhereTheCandidatesCountHasIt) {
  const auto usage = answer_of(R"({"candidates": [{"content": {"parts": [{"text": "x"}]}, "finishReason": "STOP"}],
      "usageMetadata": {"promptTokenCount": 10, "toolUsePromptTokenCount": 3, "candidatesTokenCount": 9,
      "thoughtsTokenCount": 7, "totalTokenCount": 22}})")
                         .usage;
  EXPECT_EQ(usage.prompt_tokens, 13) << "with what tools of Gemini's own were asked";
  EXPECT_EQ(usage.completion_tokens, 9);
}

TEST(Gemini, CandidatesAreChoicesAndTheFirstLeavesItsIndexOut) {
  const auto answer = answer_of(R"({"candidates": [
      {"content": {"parts": [{"text": "b"}]}, "finishReason": "MAX_TOKENS", "index": 1},
      {"content": {"parts": [{"text": "a"}]}, "finishReason": "STOP", "logprobsResult": {
         "chosenCandidates": [{"token": "a", "logProbability": -0.5}],
         "topCandidates": [{"candidates": [{"token": "a", "logProbability": -0.5}, {"token": "b"}]}]}}]})");
  ASSERT_EQ(answer.choices.size(), 2u);
  EXPECT_EQ(answer.choices[0].text, "a");
  EXPECT_EQ(answer.choices[1].ending, Ending::length);
  EXPECT_EQ(json::parse(answer.translated).at("choices").at(1).at("logprobs"), json::parse(R"({"content": [
      {"token": "a", "logprob": -0.5, "bytes": null, "top_logprobs": [
         {"token": "a", "logprob": -0.5, "bytes": null}, {"token": "b", "logprob": null, "bytes": null}]}]})"));
}

TEST(Gemini, CallsWithoutAnIdGetOneOfTheirAnswer) {
  const auto id_in = [](std::string_view argument) {
    const auto answer =
        answer_of(R"({"candidates": [{"content": {"parts": [{"functionCall": {"name": "f", "args": {"x": ")" +
                  std::string(argument) + R"("}}}]}, "finishReason": "STOP"}]})");
    return json::parse(answer.translated).at("choices").at(0).at("message").at("tool_calls").at(0).at("id");
  };
  EXPECT_NE(id_in("a"), id_in("b"));
}

TEST(Gemini, EachEndHasItsMeaning) {
  const auto ending = [](std::string_view field) {
    return answer_of(R"({"candidates": [{"content": {"parts": [{"text": "x"}]})" + std::string(field) + "}]}")
        .choices.front()
        .ending;
  };
  const auto of_word = [&](std::string_view word) {
    return ending(R"(, "finishReason": ")" + std::string(word) + '"');
  };
  EXPECT_EQ(of_word("STOP"), Ending::stop);
  EXPECT_EQ(of_word("MAX_TOKENS"), Ending::length);
  for (const auto* word : {"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR",
                           "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION"}) {
    EXPECT_EQ(of_word(word), Ending::filtered) << word;
  }
  for (const auto* word : {"OTHER", "LANGUAGE", "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "NEW_WORD"}) {
    EXPECT_EQ(of_word(word), Ending::unknown) << word;
  }
  EXPECT_EQ(ending(""), Ending::unknown) << "Gemini's word for: it has not stopped";
}

TEST(Gemini, APromptThatIsBlockedIsFilteredAndItsTokensAreTold) {
  const auto answer = answer_of(R"({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"},
                                    "usageMetadata": {"promptTokenCount": 8, "totalTokenCount": 8}})");
  EXPECT_EQ(answer.choices.front().ending, Ending::filtered);
  EXPECT_EQ(answer.choices.front().text, "");
  EXPECT_EQ(answer.usage.prompt_tokens, 8);
}

TEST(Gemini, AnAnswerWithoutCandidatesIsOfNoUseAndItsTokensAreTold) {
  std::optional<Error> fault;
  const auto answer = answer_of(R"({"usageMetadata": {"promptTokenCount": 8, "thoughtsTokenCount": 2,
                                    "totalTokenCount": 10}, "modelVersion": "m"})",
                                &fault);
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->kind(), ErrorKind::protocol);
  EXPECT_EQ(answer.usage.completion_tokens, 2);
}

TEST(Gemini, AnErrorIsNoAnswer) {
  EXPECT_FALSE(gemini().chat_of(R"({"error": {"code": 503, "message": "no", "status": "UNAVAILABLE"}})"));
  EXPECT_FALSE(gemini().chat_of("<html>"));
  EXPECT_FALSE(gemini().chat_of("{}"));
  EXPECT_FALSE(gemini().chat_of("[]"));
}

TEST(Gemini, AKeyThatIsNoneIsToldAs400) {
  const auto error =
      decode_error(400, R"({"error": {"code": 400, "message": "API key not valid. Please pass a valid API key.",
      "status": "INVALID_ARGUMENT", "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo",
      "reason": "API_KEY_INVALID", "domain": "googleapis.com"}]}})");
  EXPECT_EQ(error.kind, ErrorKind::authentication);
  EXPECT_EQ(decode_error(400, R"({"error": {"code": 400, "details": [{"reason": "OTHER"}]}})").kind,
            ErrorKind::bad_request);
}

std::string response_event(std::string_view data) {
  std::string line(data);
  for (auto& c : line) c = c == '\n' ? ' ' : c;
  return "data: " + line + "\r\n\r\n";
}

std::string begun_stream() {
  return response_event(R"({"candidates": [{"content": {"role": "model", "parts": [{"text": "Hm", "thought": true}]}}],
             "usageMetadata": {"promptTokenCount": 10, "totalTokenCount": 10}, "modelVersion": "g", "responseId": "r"})") +
         response_event(R"({"candidates": [{"content": {"parts": [{"text": "Hel"}]}}],
             "usageMetadata": {"promptTokenCount": 10, "candidatesTokenCount": 1, "totalTokenCount": 11}, "responseId": "r"})") +
         response_event(
             R"({"candidates": [{"content": {"parts": [{"text": "lo"}, {"functionCall": {"name": "look", "args": {}}}]}}]})") +
         response_event(
             R"({"candidates": [{"content": {"parts": [{"functionCall": {"name": "hear"}, "thoughtSignature": "s"}]}}]})");
}

std::vector<StreamChunk> decode_bytewise(std::string_view stream, StreamDecoder& decoder) {
  std::vector<StreamChunk> chunks;
  for (; !stream.empty(); stream.remove_prefix(1)) decoder.feed(stream.substr(0, 1), chunks);
  return chunks;
}

TEST(Gemini, AStreamIsReadAsOneOfOpenAIs) {
  StreamDecoder decoder(gemini().events());
  auto chunks = decode_bytewise(
      begun_stream() +
          response_event(R"({"candidates": [{"content": {"parts": [{"text": ""}]}, "finishReason": "STOP"}],
             "usageMetadata": {"promptTokenCount": 10, "candidatesTokenCount": 5, "thoughtsTokenCount": 3, "totalTokenCount": 18}})"),
      decoder);
  decoder.finish(chunks);
  std::string text;
  for (const auto& chunk : chunks) text += chunk.text;
  EXPECT_EQ(text, "Hello");
  EXPECT_EQ(chunks.back().finish_reason, "tool_calls");
  EXPECT_EQ(chunks.back().usage->completion_tokens, 8);
  EXPECT_EQ(decoder.charge()->usage.reasoning_tokens, 3);
  EXPECT_EQ(json::parse(chunks[1].raw).at("responseId"), "r") << "as it came";
  const auto delta = [&](std::size_t at) {
    return json::parse(chunks[at].openai_form()).at("choices").at(0).at("delta");
  };
  EXPECT_EQ(delta(0), json::parse(R"({"reasoning_content": "Hm"})"));
  EXPECT_EQ(delta(2).at("tool_calls").at(0).at("id"), "call_r_0_0");
  EXPECT_EQ(delta(3).at("tool_calls"), json::parse(R"([{"index": 1, "id": "call_r_0_1", "type": "function",
      "function": {"name": "hear", "arguments": "{}"}, "extra_content": {"google": {"thought_signature": "s"}}}])"));
}

TEST(Gemini, AStreamThatBreaksOffIsIncompleteAndItsUsageIsNotKnown) {
  StreamDecoder decoder(gemini().events());
  auto chunks = decode_bytewise(begun_stream(), decoder);
  EXPECT_THROW(decoder.finish(chunks), Error);
  EXPECT_FALSE(decoder.charge()) << "what it took so far is not all";
}

TEST(Gemini, ABlockedPromptEndsAStream) {
  StreamDecoder decoder(gemini().events());
  auto chunks = decode_bytewise(response_event(R"({"promptFeedback": {"blockReason": "SAFETY"},
                                                   "usageMetadata": {"promptTokenCount": 8}})"),
                                decoder);
  decoder.finish(chunks);
  EXPECT_EQ(chunks.back().ending, Ending::filtered);
  EXPECT_EQ(chunks.back().usage->prompt_tokens, 8);
}

TEST(Gemini, AnErrorInAStreamIsTheProvidersOwn) {
  StreamDecoder decoder(gemini().events());
  try {
    decode_bytewise(
        begun_stream() +
            response_event(R"({"error": {"code": 429, "message": "Slow down", "status": "RESOURCE_EXHAUSTED"}})"),
        decoder);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::rate_limited);
    EXPECT_EQ(error.info().provider_message, "Slow down");
  }
}

}  // namespace
}  // namespace headway::wire
