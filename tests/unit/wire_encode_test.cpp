#include "wire/encode.hpp"

#include <limits>
#include <stdexcept>

#include <gtest/gtest.h>

#include <headway/error.hpp>

namespace headway::wire {
namespace {

const char* const invalid_utf8 = "secret \xFF secret";

ModelOptions with_extra(const std::string& extra_body) {
  ModelOptions options;
  options.extra_body = extra_body;
  return options;
}

// What is thrown, and that it is a fault of the configuration.
template <class Function>
std::string refusal(Function function) {
  try {
    function();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::configuration);
    return error.info().message;
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

TEST(CompletionBody, HoldsOnlyWhatIsSet) {
  EXPECT_EQ(completion_body("Hi", {}), R"({"prompt":"Hi"})");
}

TEST(CompletionBody, HoldsAllThatIsSet) {
  ModelOptions options;
  options.model = "gpt-3.5-turbo-instruct";
  options.temperature = 0.7;
  options.max_tokens = 256;
  options.stop = {"\n", "Question:"};
  EXPECT_EQ(completion_body("Hello how are you?", options),
            R"({"model":"gpt-3.5-turbo-instruct","prompt":"Hello how are you?","temperature":0.7,)"
            R"("max_tokens":256,"stop":["\n","Question:"]})");
}

TEST(CompletionBody, WritesOneStopTextAsAString) {
  ModelOptions options;
  options.stop = {"END"};
  EXPECT_EQ(completion_body("", options), R"({"prompt":"","stop":"END"})");
}

TEST(CompletionBody, EscapesWhatJsonMustAndLeavesTheRest) {
  EXPECT_EQ(completion_body("\"a\\b\"\n\t\x01 日本語 😀 </x>", {}),
            "{\"prompt\":\"\\\"a\\\\b\\\"\\n\\t\\u0001 日本語 😀 </x>\"}");
}

TEST(CompletionBody, KeepsANulByteInAPrompt) {
  EXPECT_EQ(completion_body(std::string_view("a\0b", 3), {}), "{\"prompt\":\"a\\u0000b\"}");
}

TEST(CompletionBody, WritesALongPromptWhole) {
  const std::string prompt(100'000, 'x');
  EXPECT_EQ(completion_body(prompt, {}), R"({"prompt":")" + prompt + R"("})");
}

TEST(CompletionBody, WritesTemperaturesAsPeopleDo) {
  const std::pair<double, const char*> cases[] = {{0, "0"},     {0.1, "0.1"}, {0.7, "0.7"},   {1, "1"},
                                                  {1.5, "1.5"}, {2, "2"},     {1e-7, "1e-07"}};
  for (const auto& [temperature, text] : cases) {
    ModelOptions options;
    options.temperature = temperature;
    EXPECT_EQ(completion_body("", options), std::string(R"({"prompt":"","temperature":)") + text + "}");
  }
}

TEST(CompletionBody, RefusesATemperatureThatIsNotFinite) {
  using limits = std::numeric_limits<double>;
  for (const double temperature : {limits::infinity(), -limits::infinity(), limits::quiet_NaN()}) {
    ModelOptions options;
    options.temperature = temperature;
    EXPECT_EQ(refusal([&] { completion_body("", options); }), "temperature is not a finite number");
  }
}

TEST(CompletionBody, SaysWhereThePromptIsNotUtf8AndNotWhatItIs) {
  EXPECT_EQ(refusal([] { completion_body(invalid_utf8, {}); }), "the prompt is not valid UTF-8 at byte 7");
}

TEST(CompletionBody, RefusesEveryKindOfInvalidUtf8) {
  const std::pair<const char*, int> cases[] = {
      {"\x80", 0},                  // a continuation by itself
      {"a\xC0\xAF", 1},             // overlong
      {"\xE3\x81", 0},              // cut short
      {"日本\xE8", 6},              // the same, at the end of a text
      {"\xED\xA0\x80", 0},          // a surrogate
      {"ok\xF4\x90\x80\x80", 2},    // beyond U+10FFFF
      {"\xF8\x88\x80\x80\x80", 0},  // five bytes
      {"\xE3\x81 x", 0},
  };
  for (const auto& [prompt, at] : cases) {
    EXPECT_EQ(refusal([&] { completion_body(prompt, {}); }),
              "the prompt is not valid UTF-8 at byte " + std::to_string(at));
  }
}

TEST(CompletionBody, ChecksTheModelAndTheStopTextsToo) {
  ModelOptions options;
  options.model = invalid_utf8;
  EXPECT_EQ(refusal([&] { completion_body("", options); }), "the model's name is not valid UTF-8 at byte 7");
  options.model.clear();
  options.stop = {"fine", invalid_utf8};
  EXPECT_EQ(refusal([&] { completion_body("", options); }), "stop is not valid UTF-8 at byte 7");
}

TEST(ChatBody, HoldsTheMessagesInOrder) {
  const std::vector<Message> messages = {{"system", "Be brief."}, {"user", "Say \"hi\""}};
  ModelOptions options;
  options.model = "m";
  options.max_tokens = 5;
  EXPECT_EQ(chat_body(messages, options), R"({"model":"m","messages":[{"role":"system","content":"Be brief."},)"
                                          R"({"role":"user","content":"Say \"hi\""}],"max_tokens":5})");
}

TEST(ChatBody, SendsTheMostTokensByTheNameThatTheyWereGiven) {
  ModelOptions options;
  options.max_completion_tokens = 5;
  EXPECT_EQ(chat_body({{"user", "x"}}, options),
            R"({"messages":[{"role":"user","content":"x"}],"max_completion_tokens":5})");
}

TEST(ChatBody, RefusesAnEmptyListOfMessages) {
  EXPECT_EQ(refusal([] { chat_body({}, {}); }), "a chat needs at least one message");
}

TEST(ChatBody, RefusesInvalidUtf8InRoleAndContent) {
  const std::vector<Message> bad_content = {{"user", "fine"}, {"user", invalid_utf8}};
  EXPECT_EQ(refusal([&] { chat_body(bad_content, {}); }), "a message's content is not valid UTF-8 at byte 7");
  const std::vector<Message> bad_role = {{invalid_utf8, "fine"}};
  EXPECT_EQ(refusal([&] { chat_body(bad_role, {}); }), "a message's role is not valid UTF-8 at byte 7");
}

TEST(StreamedBody, AsksForEventsAndUsage) {
  EXPECT_EQ(completion_body("Hi", {}, Delivery::streamed),
            R"({"prompt":"Hi","stream":true,"stream_options":{"include_usage":true}})");
  EXPECT_EQ(chat_body({{"user", "Hi"}}, {}, Delivery::streamed),
            R"({"messages":[{"role":"user","content":"Hi"}],"stream":true,"stream_options":{"include_usage":true}})");
}

TEST(StreamedBody, LetsExtraBodyReplaceHow) {
  EXPECT_EQ(completion_body("Hi", with_extra(R"({"stream_options":null})"), Delivery::streamed),
            R"({"prompt":"Hi","stream":true,"stream_options":null})");
  EXPECT_EQ(completion_body("Hi", with_extra(R"({"stream":false,"stream_options":null})"), Delivery::streamed),
            R"({"prompt":"Hi","stream":false,"stream_options":null})");
}

TEST(ExtraBody, ComesLastAndReplacesFields) {
  auto options = with_extra(R"({ "max_tokens": null, "temperature": 0.30, "top_k": 20 })");
  options.temperature = 0.7;
  options.max_tokens = 256;
  EXPECT_EQ(completion_body("Hi", options), R"({"prompt":"Hi","max_tokens":null,"temperature":0.30,"top_k":20})");
}

TEST(ExtraBody, CanReplaceEvenThePromptAndTheMessages) {
  EXPECT_EQ(completion_body(invalid_utf8, with_extra(R"({"prompt":["a","b"]})")), R"({"prompt":["a","b"]})");
  EXPECT_EQ(chat_body({}, with_extra(R"({"messages":[{"role":"user"}]})")), R"({"messages":[{"role":"user"}]})");
}

TEST(ExtraBody, FindsTheFieldItReplacesThoughTheNameIsEscaped) {
  EXPECT_EQ(completion_body("Hi", with_extra(R"({"pr\u006Fmpt":1})")), R"({"pr\u006Fmpt":1})");
}

TEST(ExtraBody, KeepsValuesByteForByte) {
  const std::string values =
      R"("n":123456789012345678901234567890,"p":0.1000,"t":"a  b\u00e9","o":{"x":[1,{"y":[]}],"z":{}},"b":true)";
  EXPECT_EQ(completion_body("", with_extra("{" + values + "}")), R"({"prompt":"",)" + values + "}");
}

TEST(ExtraBody, IsOneLineInTheBody) {
  EXPECT_EQ(completion_body("", with_extra("{\r\n  \"a\": [1,\n 2],\n\t\"b\": \"x y\"\n}\n")),
            R"({"prompt":"","a":[1,2],"b":"x y"})");
}

TEST(ExtraBody, MergesShallowly) {
  const auto options = merged(with_extra(R"({"a":{"x":1},"b":1})"), with_extra(R"({"a":{"y":2}})"));
  EXPECT_EQ(completion_body("", options), R"({"prompt":"","b":1,"a":{"y":2}})");
}

TEST(ExtraBody, OfANameThatStandsTwiceTheLastCounts) {
  EXPECT_EQ(completion_body("", with_extra(R"({"a":1,"b":2,"a":3})")), R"({"prompt":"","b":2,"a":3})");
}

TEST(ExtraBody, MayBeAnEmptyObject) {
  EXPECT_EQ(completion_body("", with_extra(" { } ")), R"({"prompt":""})");
}

TEST(ExtraBody, MayNestAsDeeplyAsSchemasDo) {
  const std::string deep = R"({"a":)" + std::string(100, '[') + std::string(100, ']') + "}";
  EXPECT_EQ(completion_body("", with_extra(deep)), R"({"prompt":"",)" + deep.substr(1));
}

TEST(ExtraBody, ThatIsNoObjectIsRefusedWithThePlaceAndNotTheContent) {
  const std::pair<const char*, const char*> cases[] = {
      {R"([{"secret":1}])", "it is JSON of another kind"},
      {R"("secret")", "it is JSON of another kind"},
      {R"({"secret": )", "incomplete JSON at byte 11"},
      {R"({"secret": 1} x)", "extra data at byte 14"},
      {R"({'secret': 1})", "syntax error at byte 1"},
      {"{\"secret\":\"\xFF\"}", "syntax error at byte 11"},
      {"secret", "syntax error at byte 0"},
      {" ", "incomplete JSON at byte 1"},
  };
  for (const auto& [extra_body, why] : cases) {
    const auto message = refusal([&] { completion_body("", with_extra(extra_body)); });
    EXPECT_EQ(message, std::string("extra_body is not a JSON object: ") + why);
  }
}

TEST(Merged, WhatTheCallSetsWins) {
  ModelOptions defaults, call;
  defaults.model = "default";
  defaults.temperature = 0.7;
  defaults.max_tokens = 256;
  defaults.stop = {"a"};
  call.model = "call";
  call.temperature = 0.0;
  call.max_tokens = 1;
  call.stop = {"b", "c"};
  const auto all = merged(defaults, call);
  EXPECT_EQ(all.model, "call");
  EXPECT_EQ(all.temperature, 0.0);
  EXPECT_EQ(all.max_tokens, 1);
  EXPECT_EQ(all.stop, call.stop);
}

TEST(Merged, TheMostTokensOfTheCallWinByWhicheverName) {
  ModelOptions defaults, call;
  defaults.max_tokens = 256;
  EXPECT_EQ(merged(defaults, call).max_tokens, 256);
  call.max_completion_tokens = 5;
  EXPECT_EQ(merged(defaults, call).max_tokens, std::nullopt);
  EXPECT_EQ(merged(defaults, call).max_completion_tokens, 5);
  EXPECT_EQ(merged(call, defaults).max_completion_tokens, std::nullopt);
}

TEST(Merged, WhatTheCallLeavesUnsetStays) {
  auto defaults = with_extra(R"({"a":1})");
  defaults.model = "default";
  defaults.temperature = 0.7;
  defaults.stop = {"a"};
  const auto all = merged(defaults, {});
  EXPECT_EQ(all.model, "default");
  EXPECT_EQ(all.temperature, 0.7);
  EXPECT_EQ(all.max_tokens, std::nullopt);
  EXPECT_EQ(all.stop, defaults.stop);
  EXPECT_EQ(all.extra_body, R"({"a":1})");
}

TEST(Merged, JoinsTheFieldsOfBothExtraBodies) {
  const auto joined = [](const char* defaults, const char* call) {
    return merged(with_extra(defaults), with_extra(call)).extra_body;
  };
  EXPECT_EQ(joined(R"({"a": 1, "b": 2})", R"({"b": 3, "c": 4})"), R"({"a":1,"b":3,"c":4})");
  EXPECT_EQ(joined("", R"({"b":3})"), R"({"b":3})");
  EXPECT_EQ(joined("{}", "{}"), "{}");
  EXPECT_EQ(joined(R"({"a":1})", R"({"a":null})"), R"({"a":null})");
}

TEST(Merged, RefusesAnExtraBodyThatIsNoObject) {
  EXPECT_NE(refusal([] { (void)merged(with_extra("[]"), with_extra("{}")); }), "");
}

}  // namespace
}  // namespace headway::wire
