#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include <boost/json.hpp>

#include <headway/error.hpp>

#include "job/answer/answer_schema.hpp"
#include "temporary_file.hpp"

namespace headway::job {
namespace {

namespace json = boost::json;

std::string refusal_of(std::string_view schema) {
  try {
    const AnswerSchema compiled(schema, "s.json");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::configuration);
    return error.what();
  }
  return "taken";
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string fault_of(std::string_view schema, std::string_view answer) {
  Steps steps;
  return AnswerSchema(schema, "s.json").fault_of(json::parse(answer), steps).value_or("valid");
}

constexpr std::string_view person = R"({
  "type": "object", "additionalProperties": false, "required": ["name", "tags"],
  "properties": {"name": {"type": "string", "maxLength": 5},
                 "tags": {"type": "array", "items": {"$ref": "#/$defs/tag"}}},
  "$defs": {"tag": {"type": "object", "properties": {"weight": {"type": "number", "minimum": 1}}}}})";

TEST(AnswerSchema, NamesThePathAndTheRule) {
  EXPECT_EQ(fault_of(person, R"({"name": "Ada", "tags": [{"weight": 1.5}]})"), "valid");
  EXPECT_EQ(fault_of(person, R"({"name": "Ada", "tags": [{"weight": 2}, {"weight": "much"}]})"),
            "at /tags/1/weight: type: it is not number");
  EXPECT_EQ(fault_of(person, R"({"name": "Ada"})"), "at the top: required: there is no \"tags\"");
  EXPECT_EQ(fault_of(person, "[]"), "at the top: type: it is not object");
}

TEST(AnswerSchema, ShowsNothingOfTheAnswer) {
  for (const auto* answer : {R"({"name": "secret-name", "tags": []})", R"({"name": "A", "tags": [], "secret": 1})",
                             R"({"name": "A", "tags": [{"weight": "secret"}]})", R"(["secret"])"}) {
    const auto fault = fault_of(person, answer);
    EXPECT_NE(fault, "valid");
    EXPECT_FALSE(contains(fault, "secret")) << fault;
  }
  const auto fault = fault_of(R"({"additionalProperties": {"type": "string"}})", R"({"secret": 1})");
  EXPECT_EQ(fault, "at /*: type: it is not string");
}

TEST(AnswerSchema, FollowsASchemaThatHoldsItself) {
  constexpr auto tree = R"({"type": "object", "properties": {"children": {"items": {"$ref": "#"}}}})";
  EXPECT_EQ(fault_of(tree, R"({"children": [{"children": []}, {}]})"), "valid");
  EXPECT_TRUE(fault_of(tree, R"({"children": [{"children": [1]}]})").starts_with("at /children/0/children/0:"));
}

TEST(AnswerSchema, RefusesASchemaThatCannotBeUsedAndSaysWhere) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"{\"type\": ", "s.json is not JSON: incomplete JSON at byte"},
      {"{} {}", "not JSON: extra data"},
      {R"("text")", "at its top: a schema is an object"},
      {R"({"properties": {"a": {"type": "strnig"}}})", "at /properties/a/type: it names no type"},
      {R"({"properties": {"a": 7}})", "at /properties/a: a schema is an object"},
      {R"({"properties": []})", "at /properties: an object"},
      {R"({"items": {"anyOf": []}})", "at /items/anyOf: a list of schemas"},
      {R"({"items": {"minLength": -1}})", "at /items/minLength: a whole number"},
      {R"({"items": {"required": "a"}})", "at /items/required: a list of names"},
      {R"({"items": {"enum": 3}})", "at /items/enum: a list of values"},
      {R"({"multipleOf": 0})", "at /multipleOf: a number above 0"},
      {R"({"multipleOf": -1})", "at /multipleOf: a number above 0"},
      {R"({"items": {"pattern": "(a"}})", "at /items/pattern: the pattern"},
      {R"({"patternProperties": {"[": {}}})", "at /patternProperties/[: the pattern"},
      {R"({"items": {"$ref": "https://example.com/s.json"}})", "at /items: only references inside"},
      {R"({"items": {"$ref": "other.json#/a"}})", "at /items: only references inside"},
      {R"({"items": {"$ref": "#/$defs/none"}})", "at /items: the reference leads to nothing"},
      {R"({"items": {"$ref": 3}})", "at /items: \"$ref\" is no string"},
      {R"({"$ref": "#"})", "refers to itself without end"},
      {R"({"anyOf": [{"type": "string"}, {"not": {"$ref": "#"}}]})", "refers to itself without end"},
      {R"({"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}})", "refers to itself without end"},
      {R"({"$schema": "http://json-schema.org/draft-07/schema#", "prefixItems": [{}]})",
       "at /prefixItems: this rule is of a later draft"},
      {R"({"$schema": "https://example.com/mine"})", "at /$schema: only drafts"},
      {R"({"items": {"$recursiveRef": "#"}})", "at /items/$recursiveRef: this rule is not known here"},
      {R"({"pattern": "(?i)a"})", "none of ECMA 262's"},
      {R"({"pattern": "a++"})", "a quantifier is followed by +"},
      {R"({"pattern": "\\Z"})", "no escape of ECMA 262"},
  };
  for (const auto& [schema, wanted] : cases) {
    const auto refusal = refusal_of(schema);
    EXPECT_TRUE(contains(refusal, wanted)) << schema << " -> " << refusal;
  }
}

TEST(AnswerSchema, TakesNamesThatOnlyLookLikeRules) {
  EXPECT_EQ(refusal_of(R"({"properties": {"$ref": {"type": "string"}, "prefixItems": true, "anyOf": {}}})"), "taken");
  EXPECT_EQ(refusal_of(R"({"enum": [{"$ref": "https://example.com"}], "default": {"type": 3}, "id": "x"})"), "taken");
  EXPECT_EQ(refusal_of("true"), "taken");
  EXPECT_EQ(fault_of("false", "1"), "at the top: the schema allows nothing here");
}

TEST(AnswerSchema, DoesNotThrowForAFormatOfAnotherType) {
  EXPECT_EQ(fault_of(R"({"format": "date"})", R"({"a": 1})"), "valid");
  EXPECT_EQ(fault_of(R"({"format": "date"})", R"("2026-01-31")"), "valid");
  EXPECT_NE(fault_of(R"({"format": "date"})", R"("31 January")"), "valid");
}

TEST(AnswerSchema, ReadsAFile) {
  const test::TemporaryFile file("schema.json", "{\"type\": \"string\"}\n");
  Steps steps;
  EXPECT_FALSE(AnswerSchema(file.path()).fault_of(json::value("a"), steps));
  EXPECT_THROW(AnswerSchema(file.directory() / "none.json"), Error);
  EXPECT_THROW(AnswerSchema(file.directory()), Error);
}

}  // namespace
}  // namespace headway::job
