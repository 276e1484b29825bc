#include "job/input/asked_schema.hpp"

#include <gtest/gtest.h>

#include <string>

#include <headway/error.hpp>

#include "job_input_tools.hpp"

namespace headway::job {
namespace {

std::string asked_in_chat(std::string_view schema) {
  return AskedSchema(schema).json_for(Endpoint::chat);
}

bool asks_strictly(std::string_view schema) {
  return asked_in_chat(schema).find(R"("strict":true)") != std::string::npos;
}

constexpr auto closed_schema =
    R"({"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false})";

TEST(AskedSchema, IsAFieldOfChatsAndOfResponses) {
  EXPECT_EQ(asked_in_chat(R"({"type":"array"})"),
            R"({"type":"json_schema","json_schema":{"name":"answer","strict":false,"schema":{"type":"array"}}})");
  EXPECT_EQ(
      AskedSchema(closed_schema).json_for(Endpoint::responses),
      std::string(R"({"format":{"type":"json_schema","name":"answer","strict":true,"schema":)") + closed_schema + "}}");
  EXPECT_EQ(AskedSchema::field_of(Endpoint::chat), "response_format");
  EXPECT_EQ(AskedSchema::field_of(Endpoint::responses), "text");
  EXPECT_TRUE(AskedSchema::field_of(Endpoint::completions).empty());
  EXPECT_TRUE(AskedSchema::field_of(Endpoint::embeddings).empty());
}

TEST(AskedSchema, HasANameThatOpenAiTakes) {
  EXPECT_NE(asked_in_chat(R"({"title": "Une réponse"})").find(R"("name":"Une_r__ponse")"), std::string::npos);
  EXPECT_NE(asked_in_chat(R"({"title": "答え"})").find(R"("name":"answer")"), std::string::npos);
  EXPECT_NE(asked_in_chat(R"({"title": 3})").find(R"("name":"answer")"), std::string::npos);
  EXPECT_NE(asked_in_chat(R"({"title": ")" + std::string(80, 'a') + R"("})").find('"' + std::string(64, 'a') + '"'),
            std::string::npos);
}

TEST(AskedSchema, KeepsItsBytesButForTheNameOfItsDraft) {
  EXPECT_NE(asked_in_chat(R"({"minimum":0.10})").find(R"({"minimum":0.10})"), std::string::npos);
  EXPECT_EQ(
      asked_in_chat(R"({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object"})").find("$schema"),
      std::string::npos);
}

TEST(AskedSchema, IsStrictWhereEveryObjectIsClosedAndNothingIsRefused) {
  EXPECT_TRUE(asks_strictly(closed_schema));
  EXPECT_TRUE(asks_strictly(R"({"type":"object","properties":{},"additionalProperties":false})"));
  EXPECT_TRUE(asks_strictly(
      R"({"type":"object","properties":{"l":{"type":"array","items":{"$ref":"#/$defs/d"}}},"required":["l"],
          "additionalProperties":false,"$defs":{"d":{"anyOf":[{"enum":["x"]},{"type":["null","string"]}]}}})"));
  for (
      const auto* open : {
          R"({"type":"string"})",
          R"({"type":"object"})",
          R"({"type":"object","properties":{"a":{}},"additionalProperties":false})",
          R"({"type":"object","properties":{"a":{}},"required":["b"],"additionalProperties":false})",
          R"({"type":"object","properties":{"a":{}},"required":["a"]})",
          R"({"type":"object","properties":{"a":{"type":"object"}},"required":["a"],"additionalProperties":false})",
          R"({"type":"object","properties":{"a":{"not":{}}},"required":["a"],"additionalProperties":false})",
          R"({"type":"object","properties":{"a":true},"required":["a"],"additionalProperties":false})",
          R"({"type":"object","properties":7,"required":["a"],"additionalProperties":false})",
          R"({"type":"object","properties":{"a":{"items":{"type":"object"}}},"required":["a"],"additionalProperties":false})",
      }) {
    EXPECT_FALSE(asks_strictly(open)) << open;
  }
}

TEST(AskedSchema, MustBeAnObject) {
  for (const auto* none : {"", "[]", "true", "{", "{\"a\":1} x"}) EXPECT_THROW(AskedSchema{none}, Error) << none;
}

TEST(AskedSchema, StandsInEveryBodyInPlaceOfTheRowsOwn) {
  test::Input input("in.jsonl", R"({"messages":[{"role":"user","content":"q"}],"response_format":{"type":"text"}})"
                                "\n");
  input.settings.schema = "{\n  \"type\": \"array\"\n}\n";
  EXPECT_EQ(test::bodies(input.settings).front(),
            R"({"model":"m","messages":[{"role":"user","content":"q"}],"response_format":)" +
                asked_in_chat(R"({"type":"array"})") + "}");
  input.settings.set = {"response_format={}"};
  EXPECT_THROW(test::bodies(input.settings), Error);
}

}  // namespace
}  // namespace headway::job
