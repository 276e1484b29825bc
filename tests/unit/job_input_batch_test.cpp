#include <gtest/gtest.h>

#include <fmt/format.h>

#include "job_input_tools.hpp"

namespace headway::job {
namespace {

using test::fault;
using test::Input;
using test::only_row;
using test::reason;

constexpr std::string_view chat = R"({"model":"gpt","messages":[{"role":"user","content":"日本"}]})";

std::string line(std::string_view body, std::string_view url = "/v1/chat/completions") {
  return fmt::format(R"({{"custom_id":"a","method":"POST","url":"{}","body":{}}})", url, body);
}

struct Batch : Input {
  explicit Batch(std::string_view text) : Input("b.jsonl", text) {
    settings.model.clear();
    settings.format = InputFormat::batch;
  }
};

TEST(BatchRows, AFileWithABatchLineAmongItsFirstIsABatchFile) {
  Batch input(R"({"prompt":"a"})"
              "\n" +
              line(chat));
  input.settings.format = InputFormat::automatic;
  const auto found = test::bodies(input.settings);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_TRUE(found[0].starts_with("1: ")) << found[0];
  EXPECT_NE(found[0].find("custom_id"), std::string::npos) << found[0];
  EXPECT_EQ(found[1], chat);
}

Row row_of(std::string_view text) {
  return only_row(Batch(text).settings);
}

std::string why_bad(std::string_view text) {
  return reason(Batch(text).settings);
}

std::string body_with(std::string_view body, std::vector<std::string> set,
                      std::string_view url = "/v1/chat/completions", std::optional<int> max_tokens = {}) {
  Batch input(line(body, url));
  input.settings.set = std::move(set);
  input.settings.max_tokens = max_tokens;
  return only_row(input.settings).body;
}

TEST(BatchRows, AnEmbeddingHasNoTextForTheOutput) {
  Batch embedding(line(R"({"model":"m","input":"x"})", "/v1/embeddings"));
  EXPECT_EQ(only_row(embedding.settings).path, "/v1/embeddings");
  embedding.settings.texts_wanted = true;
  EXPECT_TRUE(reason(embedding.settings).starts_with("an embedding has no text")) << reason(embedding.settings);
  Batch chats(line(chat));
  chats.settings.texts_wanted = true;
  EXPECT_EQ(only_row(chats.settings).body, chat);
}

TEST(BatchRows, SendsTheBodyByteForByte) {
  const std::string body =
      R"({ "model" : "gpt", "messages" : [ {"content": "\u3042"} ], "seed": 1.50, "big": 123456789012345678901234567890.0 })";
  const auto row = row_of(line(body) + "  ");
  EXPECT_EQ(row.body, body);
  EXPECT_EQ(row.path, "/v1/chat/completions");
  EXPECT_EQ(row.custom_id, "a");
  EXPECT_TRUE(row.own_id);
  EXPECT_EQ(row.line, 1U);
  EXPECT_TRUE(row.columns.empty());
}

TEST(BatchRows, KnowsTheFourUrls) {
  EXPECT_EQ(row_of(line(R"({"model":"m","prompt":"hello"})", "/v1/completions")).prompt_bytes, 5U);
  EXPECT_EQ(row_of(line(R"({"model":"m","input":["a","bc"]})", "/v1/embeddings")).prompt_bytes, 3U);
  EXPECT_EQ(row_of(line(R"({"model":"m","input":"a","instructions":"bc"})", "/v1/responses")).prompt_bytes, 3U);
  EXPECT_EQ(row_of(line(R"({"model":"m","prompt":{"id":"p"}})", "/v1/responses")).path, "/v1/responses");
  EXPECT_EQ(why_bad(line(chat, "/v1/images")),
            "url is none of /v1/completions, /v1/chat/completions, /v1/embeddings, /v1/responses");
}

TEST(BatchRows, TakesLinesOfOtherProviders) {
  EXPECT_EQ(row_of(line(chat, "/chat/completions")).path, "/v1/chat/completions") << "Azure's";
  Batch alone(R"({"custom_id":"a","body":)" + std::string(chat) + "}");
  alone.settings.format = InputFormat::automatic;
  EXPECT_EQ(only_row(alone.settings).path, "/v1/chat/completions") << "Together's, Mistral's";
  EXPECT_EQ(only_row(alone.settings).body, chat);
  EXPECT_EQ(row_of(R"({"custom_id":"a","body":{"model":"m","prompt":"x"}})").path, "/v1/completions");
  EXPECT_EQ(why_bad(R"({"custom_id":"a","body":{"model":"m","input":"x"}})"),
            "has no url, and its body has neither messages nor a prompt, which would tell");
  EXPECT_EQ(why_bad(R"({"custom_id":"a","url":"/v1/chat/completions","method":"GET","body":{}})"),
            "method is not POST");
  Input text("a.jsonl", R"({"custom_id":"a","body":"x"})", "{{body}}");
  EXPECT_NE(only_row(text.settings).body.find("\"x\""), std::string::npos) << "a column of a table";
}

TEST(BatchRows, NamesWhatItDoesNotUse) {
  Batch input(R"({"custom_id":"a","method":"POST","url":"/v1/chat/completions","priority":1,"body":)" +
              std::string(chat) + "}");
  input.settings.format = InputFormat::automatic;
  EXPECT_EQ(check_input(input.settings).unused_columns, std::vector<std::string>{"priority"});
}

TEST(BatchRows, PicturesAreNoText) {
  const auto row = row_of(
      line(R"({"model":"m","messages":[{"role":"user","content":[{"image":"data:image/png;base64,AAAAAAA"}]}]})"));
  EXPECT_EQ(row.prompt_bytes, 4U);
}

TEST(BatchRows, SaysWhatIsWrong) {
  EXPECT_EQ(why_bad("[1]"), "is not a JSON object");
  EXPECT_EQ(why_bad("1"), "is not a JSON object");
  EXPECT_EQ(why_bad(R"({"a":1} {"b":2})").find("is not valid JSON: "), 0U);
  EXPECT_EQ(why_bad(R"({"custom_id":"a","x":tru})").find("is not valid JSON: "), 0U) << "though nobody asks for x";
  EXPECT_EQ(why_bad(R"({"custom_id":"a","x":"\q"})"), "is not valid JSON: syntax error at byte 24");
  EXPECT_EQ(why_bad(R"({"custom_id":"a)").find("is not valid JSON: "), 0U);
  EXPECT_EQ(why_bad(R"({"x":"\ud800"})"), "has no custom_id") << "which nobody asks for";
  EXPECT_EQ(why_bad("{\"custom_id\":\"\xE3\x81\"}"),
            "byte 15 (0xE3) is not valid UTF-8; is the file in another encoding (--encoding)?");
  EXPECT_EQ(why_bad("{}"), "has no custom_id");
  EXPECT_EQ(why_bad(R"({"custom_id":7})"), "custom_id is not a text");
  EXPECT_EQ(why_bad(R"({"custom_id":""})"), "custom_id is empty");
  EXPECT_EQ(why_bad(R"({"custom_id":"a"})"), "has no body");
  EXPECT_EQ(why_bad(R"({"custom_id":"a","method":"GET","url":"/v1/completions"})"), "method is not POST");
  EXPECT_EQ(why_bad(R"({"custom_id":"a","method":"POST","url":null})"), "url is not a text");
  EXPECT_EQ(why_bad(R"({"custom_id":"a","method":"POST","url":"/v1/completions"})"), "has no body");
  for (const auto* body : {"null", "[]", "7", "\"{\""})
    EXPECT_EQ(why_bad(line(body)), "body is not a JSON object") << body;
}

TEST(BatchRows, SaysWhatIsWrongInABody) {
  EXPECT_EQ(why_bad(line(R"({"messages":[1]})")), "body has no model, and none is set (--model)");
  EXPECT_EQ(why_bad(line(R"({"model":"","messages":[1]})")), "body has no model, and none is set (--model)");
  EXPECT_EQ(why_bad(line(R"({"model":"m"})")), "body has no messages");
  EXPECT_EQ(why_bad(line(R"({"model":"m","messages":[]})")), "body.messages must be a list that is not empty");
  EXPECT_EQ(why_bad(line(R"({"model":"m","prompt":""})", "/v1/completions")),
            "body.prompt must be a text or a list that is not empty");
  EXPECT_EQ(why_bad(line(R"({"model":"m","messages":[1],"stream":true})")),
            "body.stream is set: a run writes whole answers");
  EXPECT_FALSE(row_of(line(R"({"model":"m","messages":[1],"stream":false})")).body.empty());
}

TEST(BatchRows, WhatCouldBeReadOfABadRowIsKept) {
  Batch input("\n" + line("{}") + "\n{\"custom_id\":3}\n");
  input.settings.columns = {"custom_id"};
  const auto entries = test::read_all(input.settings);
  ASSERT_EQ(entries.size(), 2U);
  const auto& named = std::get<BadRow>(entries[0]);
  EXPECT_EQ(named.custom_id, "a");
  EXPECT_EQ(named.line, 2U);
  EXPECT_EQ(named.columns, R"({"custom_id":"a"})");
  const auto& unnamed = std::get<BadRow>(entries[1]);
  EXPECT_EQ(unnamed.custom_id, "row-3");
  EXPECT_EQ(unnamed.number, 1U);
  EXPECT_NE(unnamed.content_hash, named.content_hash);
}

TEST(BatchRows, SetsFieldsOfEveryBody) {
  EXPECT_EQ(body_with(R"({"model":"a","messages":[1], "n" : 1.0 })", {"service_tier=\"flex\"", "model = \"b\""}),
            R"({"messages":[1],"n" : 1.0,"service_tier":"flex","model":"b"})");
  EXPECT_EQ(body_with(R"({"m\u006fdel":"a","messages":[1]})", {"model=\"b\"", "x=1", "x={ \"y\": [ 2 ] }"}),
            R"({"messages":[1],"model":"b","x":{"y":[2]}})")
      << "a name may be escaped; of two the last counts";
  EXPECT_EQ(body_with(R"({"messages":[1],"stream":true})", {"stream=false", "model=\"b\""}),
            R"({"messages":[1],"stream":false,"model":"b"})");
}

TEST(BatchRows, ALimitOfTokensHasEachEndpointsName) {
  EXPECT_EQ(body_with(R"({"model":"a","messages":[1],"max_tokens":1})", {}, "/v1/chat/completions", 9),
            R"({"model":"a","messages":[1],"max_tokens":9})");
  EXPECT_EQ(body_with(R"({"model":"a","messages":[1],"max_completion_tokens":1})", {}, "/v1/chat/completions", 9),
            R"({"model":"a","messages":[1],"max_completion_tokens":9})");
  EXPECT_EQ(body_with(R"({"model":"a","input":"x"})", {}, "/v1/responses", 9),
            R"({"model":"a","input":"x","max_output_tokens":9})");
  EXPECT_EQ(body_with(R"({"model":"a","input":"x"})", {}, "/v1/embeddings", 9), R"({"model":"a","input":"x"})");
}

TEST(BatchRows, CarriesTheLinesOtherFields) {
  Batch input(
      R"({"custom_id":"a","meta": {"k": 1.50},"method":"POST","url":"/v1/embeddings","body":{"model":"m","input":"x"},"tag":"日本"})");
  input.settings.columns = {"tag", "meta"};
  EXPECT_EQ(only_row(input.settings).columns, R"({"tag":"日本","meta":{"k": 1.50}})");
  input.settings.columns = {"*"};
  EXPECT_EQ(only_row(input.settings).columns, R"({"meta": {"k": 1.50},"tag":"日本"})");
}

TEST(BatchRows, RefusesSettingsThatAreForTemplates) {
  Batch input(line(chat));
  input.settings.prompt = "{{x}}";
  EXPECT_EQ(fault(input.settings), "a prompt is not for Batch lines: each line has its own body");
  input.settings.prompt.clear();
  input.settings.completions = true;
  EXPECT_EQ(fault(input.settings), "the choice of /v1/completions is not for Batch lines: each line says its own url");
}

TEST(BatchRows, RefusesASettingThatIsNoJson) {
  Batch input(line(chat));
  const auto set = [&](std::string one) {
    input.settings.set = {std::move(one)};
    return fault(input.settings);
  };
  EXPECT_NE(set("service_tier=flex").find("a text needs quotation marks: 'service_tier=\"...\"'"), std::string::npos);
  EXPECT_NE(set("x=").find("is not JSON"), std::string::npos);
  EXPECT_NE(set("x=1 2").find("is not JSON"), std::string::npos);
  EXPECT_NE(set("flex").find("KEY=JSON"), std::string::npos);
  EXPECT_NE(set("=1").find("KEY=JSON"), std::string::npos);
  EXPECT_NE(set("stream=true").find("whole answers"), std::string::npos);
  EXPECT_NE(set("model=7").find("must be a text"), std::string::npos);
  EXPECT_NE(set("messages=[]").find("every row would ask the same"), std::string::npos);
}

TEST(BatchRows, HashesAreOfContentAndOfRequest) {
  const auto row = row_of(line(chat));
  EXPECT_EQ(row.content_hash, row_of("\n\n" + line(chat) + "\r\n").content_hash);
  EXPECT_EQ(row.request_hash, row_of("\n\n " + line(chat)).request_hash);
  EXPECT_NE(row.content_hash, row_of(" " + line(chat)).content_hash);
  Batch other(line(chat));
  other.settings.model = "other";
  EXPECT_EQ(only_row(other.settings).content_hash, row.content_hash);
  EXPECT_NE(only_row(other.settings).request_hash, row.request_hash);
  // Journals keep them: a change here means that every finished row would be sent again.
  EXPECT_EQ(row_of(line(R"({"model":"m","messages":[1]})")).content_hash, 8300163959387299976U);
  EXPECT_EQ(row_of(line(R"({"model":"m","messages":[1]})")).request_hash, 13769720059394931431U);
}

}  // namespace
}  // namespace headway::job
