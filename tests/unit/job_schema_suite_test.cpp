#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <string_view>
#include <thread>

#include <boost/json.hpp>

#include <headway/error.hpp>

#include "job/schema/schema_judge.hpp"

namespace headway::job {
namespace {

namespace json = boost::json;

struct SuiteCounts {
  int judged = 0;
  int refused = 0;
};

/// Groups of JSON-Schema-Test-Suite. Refused may be but what refers to other documents.
SuiteCounts run_suite(const std::string& draft, std::string_view schema_uri) {
  std::ifstream file(std::string(HEADWAY_JSON_SCHEMA_SUITE) + '/' + draft + ".jsonl");
  SuiteCounts counts;
  for (std::string line; std::getline(file, line);) {
    auto group = json::parse(line).as_object();
    auto& schema = group["schema"];
    if (schema.is_object()) schema.get_object().emplace("$schema", schema_uri);
    const auto name = json::serialize(group["file"]) + json::serialize(group["description"]);
    try {
      const CompiledSchema compiled(schema, "s.json");
      for (const auto& test : group["tests"].as_array()) {
        Steps steps;
        const auto fault = fault_by(compiled, test.at("data"), steps);
        EXPECT_EQ(!fault.has_value(), test.at("valid").as_bool())
            << name << json::serialize(test.at("description")) << ": " << fault.value_or("valid");
        ++counts.judged;
      }
    } catch (const Error& error) {
      EXPECT_NE(error.info().message.find("only references inside the schema"), std::string::npos)
          << name << ": " << error.what();
      ++counts.refused;
    }
  }
  return counts;
}

TEST(JsonSchemaSuite, JudgesDraft7AsItSays) {
  const auto counts = run_suite("draft7", "http://json-schema.org/draft-07/schema#");
  EXPECT_GT(counts.judged, 1100);
  EXPECT_LE(counts.refused, 2);
}

TEST(JsonSchemaSuite, JudgesDraft202012AsItSays) {
  const auto counts = run_suite("draft2020-12", "https://json-schema.org/draft/2020-12/schema");
  EXPECT_GT(counts.judged, 1500);
  EXPECT_LE(counts.refused, 7);
}

std::string judged(std::string_view schema, const json::value& answer) try {
  Steps steps;
  return fault_by(CompiledSchema(json::parse(schema), "s.json"), answer, steps).value_or("valid");
} catch (const TooManySteps& fault) {
  return fault.what();
}

TEST(SchemaJudge, NoPatternStopsIt) {
  const auto said = judged(R"x({"pattern": "^([A-Za-z]+\\s?)+$"})x",
                           "One sentence of some words that ends with what the pattern does not have!");
  EXPECT_EQ(said, TooManySteps().what());
  EXPECT_EQ(judged(R"x({"pattern": "^[^<]*$"})x", json::value(std::string(1'000'000, 'x'))), "valid");
  EXPECT_NE(judged(R"x({"pattern": "(?:[^<]*z)"})x", json::value(std::string(1'000'000, 'y'))), "valid");
}

TEST(SchemaJudge, NoNestedChoicesStopIt) {
  json::value deep(1);
  for (int i = 0; i < 100; ++i) deep = json::array{deep};
  const auto said = judged(
      R"x({"$ref": "#/$defs/n", "$defs": {"n": {"anyOf": [{"type": "array", "items": {"$ref": "#/$defs/n"}},
           {"type": "array", "items": {"anyOf": [{"$ref": "#/$defs/n"}, {"$ref": "#/$defs/n"}]}}]}}})x",
      deep);
  EXPECT_EQ(said, TooManySteps().what());
}

TEST(SchemaJudge, ManyItemsAreToldApartAtOnce) {
  json::array items;
  for (int i = 0; i < 20'000; ++i) items.push_back(json::object{{"id", i}, {"name", std::to_string(i)}});
  EXPECT_EQ(judged(R"({"uniqueItems": true})", items), "valid");
  items.push_back(json::object{{"name", "7"}, {"id", 7.0}});
  EXPECT_EQ(judged(R"({"uniqueItems": true})", items), "at the top: uniqueItems: two are the same");
}

TEST(SchemaJudge, NoManyExpressionsStopIt) {
  const json::array few(100, json::value("(a|b)+")), many(1'000'000, json::value("(a|b)+"));
  EXPECT_EQ(judged(R"({"items": {"format": "regex"}})", few), "valid");
  const auto said = judged(R"({"items": {"format": "regex"}})", many);
  EXPECT_EQ(said, TooManySteps().what());
}

TEST(SchemaJudge, SeveralThreadsUseOneSchema) {
  const CompiledSchema compiled(json::parse(R"x({"items": {"pattern": "^(a|b)+$", "format": "date"}})x"), "s.json");
  const json::array items(1000, json::value("abab"));
  const auto judge_all = [&] {
    Steps steps;
    EXPECT_EQ(fault_by(compiled, items, steps), "at /0: format: it is no date");
  };
  std::thread other(judge_all);
  judge_all();
  other.join();
}

TEST(SchemaJudge, PatternsAreOfCharactersAndOfEcma262) {
  const auto fits = [](std::string pattern, std::string_view text) {
    return judged(json::serialize(json::object{{"pattern", std::move(pattern)}}), json::value(text)) == "valid";
  };
  EXPECT_TRUE(fits("^.{5}$", "こんにちは"));
  EXPECT_FALSE(fits("^.{15}$", "こんにちは"));
  EXPECT_TRUE(fits("^[^0-9]$", "é"));
  EXPECT_TRUE(fits("^caf\\u00e9$", "café"));
  EXPECT_TRUE(fits("^\\ud83d\\ude00$", "😀"));
  EXPECT_TRUE(fits("^\\p{L}+$", "abcß東"));
  EXPECT_TRUE(fits("^\\p{Script=Hiragana}+$", "ひらがな"));
  EXPECT_TRUE(fits("^(?<y>[0-9]{4})-\\k<y>$", "2024-2024"));
  EXPECT_TRUE(fits("(?<=a)b", "ab"));
  EXPECT_FALSE(fits("^\\d$", "٣")) << "only ASCII's";
  EXPECT_FALSE(fits("^a$", "a\n"));
  EXPECT_TRUE(fits("^\\s$", "\u3000"));
  EXPECT_FALSE(fits("[]", "a"));
  EXPECT_TRUE(fits("^[[:alpha:]]+$", ":]")) << "no POSIX class";
}

}  // namespace
}  // namespace headway::job
