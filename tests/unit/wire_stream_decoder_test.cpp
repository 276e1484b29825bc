#include "wire/stream_decoder.hpp"

#include <gtest/gtest.h>

namespace headway::wire {
namespace {

using Chunks = std::vector<StreamChunk>;

std::string event(const std::string& json) {
  return "data: " + json + "\n\n";
}

std::string chat_event(const std::string& choice) {
  return event(R"({"id":"c-1","object":"chat.completion.chunk","model":"m","choices":[)" + choice +
               R"(],"usage":null})");
}

std::string delta(const std::string& text, const std::string& finish_reason = "null", int index = 0) {
  return chat_event(R"({"index":)" + std::to_string(index) + R"(,"delta":{"content":")" + text +
                    R"("},"finish_reason":)" + finish_reason + "}");
}

const std::string usage =
    event(R"({"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12}})");
const std::string end = event("[DONE]");

Chunks decode(const std::string& stream) {
  StreamDecoder decoder;
  Chunks chunks;
  decoder.feed(stream, chunks);
  decoder.finish(chunks);
  return chunks;
}

std::string text_of(const Chunks& chunks, std::size_t index = 0) {
  std::string text;
  for (const auto& chunk : chunks) {
    if (chunk.index == index) text += chunk.text;
  }
  return text;
}

ErrorInfo fault(const std::string& stream) {
  try {
    decode(stream);
  } catch (const Error& error) {
    return error.info();
  }
  ADD_FAILURE() << "no fault: " << stream;
  return ErrorInfo();
}

TEST(StreamDecoder, ReadsAChat) {
  const auto chunks =
      decode(chat_event(R"({"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null})") +
             delta("Hel") + delta("lo \\u00e9") + delta("", R"("stop")") + usage + end);
  ASSERT_EQ(chunks.size(), 5u);
  EXPECT_EQ(text_of(chunks), "Hello é");
  EXPECT_EQ(chunks[2].finish_reason, "");
  EXPECT_EQ(chunks[3].finish_reason, "stop");
  EXPECT_FALSE(chunks[3].usage);
  ASSERT_TRUE(chunks[4].usage);
  EXPECT_EQ(chunks[4].usage->prompt_tokens, 5);
  EXPECT_EQ(chunks[4].usage->completion_tokens, 7);
  EXPECT_EQ(chunks[4].usage->total_tokens, 12);
}

TEST(StreamDecoder, TellsCachedAndReasoningTokensAndTheServiceTierWithTheUsage) {
  const auto chunks = decode(
      event(R"({"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}],"service_tier":"flex"})") +
      event(R"({"service_tier":"flex","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12,)"
            R"("prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":6}}})") +
      end);
  ASSERT_EQ(chunks.size(), 2u);
  EXPECT_EQ(chunks[0].service_tier, "");
  EXPECT_EQ(chunks[1].service_tier, "flex");
  EXPECT_EQ(chunks[1].usage.value().cached_tokens, 4);
  EXPECT_EQ(chunks[1].usage.value().reasoning_tokens, 6);
}

TEST(StreamDecoder, ReadsACompletion) {
  const auto chunks = decode(event(R"({"choices":[{"text":"Hi","index":0,"logprobs":null,"finish_reason":null}]})") +
                             event(R"({"choices":[{"text":" there","index":0,"finish_reason":"length"}]})") + end);
  EXPECT_EQ(text_of(chunks), "Hi there");
  EXPECT_EQ(chunks.back().finish_reason, "length");
}

TEST(StreamDecoder, GivesTheSameWhateverTheSlices) {
  const auto stream = ": ping\r\n\r\n" + delta("Hel") + delta("lo") + delta("", R"("stop")") + usage + end;
  for (std::size_t size = 1; size < stream.size(); size += size < 30 ? 1 : 97) {
    StreamDecoder decoder;
    Chunks chunks;
    for (std::size_t at = 0; at < stream.size(); at += size) {
      EXPECT_FALSE(decoder.done());
      decoder.feed(stream.substr(at, size), chunks);
    }
    EXPECT_TRUE(decoder.done());
    EXPECT_EQ(chunks.size(), 4u);
    EXPECT_EQ(text_of(chunks), "Hello");
  }
}

TEST(StreamDecoder, KeepsTheEventsJson) {
  const std::string json =
      R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\""}}]}}]})";
  const auto chunks = decode(event(json) + end);
  ASSERT_EQ(chunks.size(), 1u);
  EXPECT_EQ(chunks[0].text, "");
  EXPECT_EQ(chunks[0].raw, json);
}

TEST(StreamDecoder, TellsChoicesApartByIndex) {
  const auto chunks = decode(delta("a", "null", 1) + delta("x") + delta("b", R"("stop")", 1) +
                             chat_event(R"({"index":0,"delta":{"content":"y"}},{"index":1,"delta":{"content":"!"}})") +
                             delta("", R"("length")"));
  EXPECT_EQ(text_of(chunks, 0), "xy");
  EXPECT_EQ(text_of(chunks, 1), "ab!");
}

TEST(StreamDecoder, OneChoiceNeedsNoIndexAndSeveralDo) {
  EXPECT_EQ(text_of(decode(chat_event(R"({"delta":{"content":"x"}})") + end)), "x");
  EXPECT_EQ(text_of(decode(chat_event(R"({"index":null,"delta":{"content":"x"}})") + end)), "x");
  EXPECT_EQ(fault(chat_event(R"({"delta":{}},{"index":1,"delta":{}})")).kind, ErrorKind::protocol);
}

TEST(StreamDecoder, RefusesAnIndexThatIsNone) {
  for (const auto* index : {"-1", "65536", "1e3", "\"0\""}) {
    EXPECT_EQ(fault(chat_event(std::string(R"({"delta":{},"index":)") + index + "}")).kind, ErrorKind::protocol)
        << index;
  }
}

TEST(StreamDecoder, PassesOnEventsWithoutChoices) {
  const auto chunks = decode(event(R"({"choices":[],"prompt_filter_results":[]})") + delta("x", R"("stop")"));
  ASSERT_EQ(chunks.size(), 2u);
  EXPECT_EQ(chunks[0].raw, R"({"choices":[],"prompt_filter_results":[]})");
}

TEST(StreamDecoder, TakesARefusalAsText) {
  EXPECT_EQ(text_of(decode(chat_event(R"({"index":0,"delta":{"content":null,"refusal":"No."}})") + end)), "No.");
}

TEST(StreamDecoder, ReadsOnAfterAFinishReason) {
  StreamDecoder decoder;
  Chunks chunks;
  decoder.feed(delta("x", R"("stop")"), chunks);
  EXPECT_FALSE(decoder.done());
  decoder.finish(chunks);  // the end of the bytes would be one
  decoder.feed(usage, chunks);
  EXPECT_TRUE(chunks.back().usage);
}

TEST(StreamDecoder, DoneNeedsNoFinishReason) {
  EXPECT_EQ(text_of(decode(delta("whole") + end)), "whole");  // Ollama
}

TEST(StreamDecoder, LooksAtNothingAfterDone) {
  EXPECT_EQ(text_of(decode(delta("x") + end + delta("y") + event("}"))), "x");
}

TEST(StreamDecoder, FindsAnAnswerIncomplete) {
  EXPECT_EQ(fault("").kind, ErrorKind::incomplete);
  EXPECT_EQ(fault(delta("x")).kind, ErrorKind::incomplete);
  EXPECT_EQ(fault(usage).kind, ErrorKind::incomplete) << "no choice was seen";
  EXPECT_EQ(fault(delta("x", R"("stop")") + delta("y", "null", 1)).kind, ErrorKind::incomplete) << "one of two ended";
  EXPECT_EQ(fault(delta("x") + R"(data: {"choices":[{"index":0,"delta":{},"finish_reason":"st)").kind,
            ErrorKind::incomplete)
      << "cut off within its last event";
}

TEST(StreamDecoder, AnErrorInTheStreamIsTheProviders) {
  const auto info = fault(delta("x") + event(R"({"error":{"message":"slow down","type":"t","code":"slow_down"}})"));
  EXPECT_EQ(info.kind, ErrorKind::rate_limited);
  EXPECT_EQ(info.provider_message, "slow down");
  EXPECT_EQ(fault(event(R"({"error":"it broke"})")).provider_message, "it broke");
  EXPECT_EQ(fault("event: error\n" + event(R"({"message":"it broke"})")).provider_message, "it broke");
  EXPECT_EQ(fault("event: error\n" + event("it broke")).provider_message, "it broke");
  EXPECT_EQ(fault(event(R"({"object":"error","message":"it broke","code":500})")).kind, ErrorKind::server);
  EXPECT_EQ(text_of(decode(event(R"({"error":null,"choices":[{"delta":{"content":"x"}}]})") + end)), "x");
}

TEST(StreamDecoder, KeepsWhatCameBeforeAFault) {
  StreamDecoder decoder;
  Chunks chunks;
  const auto broken = event(R"({"choices":[{"index":0,"delta":{"content":"b"}}],)");
  EXPECT_THROW(decoder.feed(delta("a") + broken + delta("c"), chunks), Error);
  EXPECT_EQ(text_of(chunks), "a");
  EXPECT_EQ(chunks.size(), 1u);
}

TEST(StreamDecoder, WhatIsNoJsonIsAFaultOfTheProtocol) {
  for (const auto* json : {"{", "nonsense", "[]", "{\"a\":\"\xFF\"}"}) {
    EXPECT_EQ(fault(event(json)).kind, ErrorKind::protocol) << json;
  }
}

TEST(StreamDecoder, PassesOverEventsWithoutAWord) {
  EXPECT_EQ(text_of(decode(event("") + event("  ") + delta("x") + end)), "x");
}

TEST(StreamDecoder, ALastEventMayLackItsBlankLine) {
  const auto last = R"(data: {"choices":[{"index":0,"delta":{"content":"!"},"finish_reason":"stop"}]})";
  for (const auto* line_end : {"", "\n", "\r\n"}) {
    EXPECT_EQ(text_of(decode(delta("x") + last + line_end)), "x!");
    EXPECT_EQ(text_of(decode(delta("x") + "data: [DONE]" + line_end)), "x");
  }
}

TEST(StreamDecoder, PassesOverNull) {
  EXPECT_EQ(text_of(decode(event("null") + delta("x") + event(" null ") + end)), "x");
}

TEST(StreamDecoder, AnErrorInsideAChoiceFailsByItsCode) {
  const std::string body = R"({"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error",)"
                           R"("error":{"code":502,"message":"went away"}}],"usage":{"prompt_tokens":5}})";
  StreamDecoder decoder;
  Chunks chunks;
  try {
    decoder.feed(delta("half") + event(body) + end, chunks);
    ADD_FAILURE() << "no fault";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::server);
    EXPECT_EQ(error.info().provider_message, "went away");
    EXPECT_EQ(error.info().body, body);
  }
  EXPECT_EQ(text_of(chunks), "half");
  EXPECT_EQ(decoder.charge().value().usage.prompt_tokens, 5);
  EXPECT_EQ(fault(delta("x", R"("abort")")).kind, ErrorKind::server);
}

TEST(StreamDecoder, TellsWhatAnEndMeans) {
  EXPECT_EQ(decode(delta("x", R"("STOP")")).back().ending, Ending::stop);
  EXPECT_EQ(decode(delta("x", R"("MAX_TOKENS")")).back().ending, Ending::length);
  EXPECT_EQ(decode(delta("x", R"("made_up")")).back().ending, Ending::unknown);
  EXPECT_FALSE(decode(delta("x") + end).back().ending);
}

TEST(StreamDecoder, AnAnswerWithFewerChoicesThanAskedForIsOfNoUse) {
  const auto one = delta("a", R"("stop")", 1);
  const auto two = one + delta("b", R"("stop")");
  const auto fault_of = [](const std::string& stream, std::int64_t asked) {
    StreamDecoder decoder(nullptr, asked);
    Chunks chunks;
    try {
      decoder.feed(stream, chunks);
      decoder.finish(chunks);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::protocol);
      EXPECT_FALSE(chunks.empty() && stream.find("delta") != std::string::npos) << "what came is kept";
      return error.info().message;
    }
    return std::string();
  };
  EXPECT_EQ(fault_of(one + end, 2), "the stream has 1 of the 2 choices that were asked for");
  EXPECT_EQ(fault_of(one, 2), "the stream has 1 of the 2 choices that were asked for") << "without [DONE]";
  EXPECT_EQ(fault_of(two + usage + end, 2), "");
  EXPECT_EQ(fault_of(two + end, 1), "") << "more are no fault";
  EXPECT_EQ(fault_of(usage + end, 1), "the stream has no choices");
}

TEST(StreamDecoder, ReadsHalfASurrogatePair) {
  EXPECT_EQ(text_of(decode(delta("a\\ud83d") + delta("!", R"("stop")"))), "a\uFFFD!");
}

TEST(WholeAnswer, IsAChunkForEachChoice) {
  std::string body =
      R"({"choices":[{"index":1,"text":"b","finish_reason":"stop"},{"index":0,"text":"a","finish_reason":"length"}],)"
      R"("usage":{"total_tokens":3},"service_tier":"priority"})";
  Answer answer;
  ASSERT_FALSE(read_answer(body, Form::completion, answer));
  const auto chunks = chunks_of_whole(answer, body);
  ASSERT_EQ(chunks.size(), 2u);
  EXPECT_EQ(text_of(chunks, 0), "a");
  EXPECT_EQ(chunks[0].finish_reason, "length");
  EXPECT_EQ(chunks[0].ending, Ending::length);
  EXPECT_EQ(text_of(chunks, 1), "b");
  EXPECT_EQ(chunks[1].raw, body);
  EXPECT_EQ(chunks[1].usage.value().total_tokens, 3);
  EXPECT_EQ(chunks[1].service_tier, "priority");
}

}  // namespace
}  // namespace headway::wire
