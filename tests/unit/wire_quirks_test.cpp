#include "wire/quirks.hpp"

#include <gtest/gtest.h>

namespace headway::wire {
namespace {

Quirks quirks(const std::string& error, int status = 400) {
  return quirks_in(status, decode_error(status, R"({"error":)" + error + "}"));
}

TEST(Quirks, AreLearnedFromRefusals) {
  const auto tokens = quirks(
      R"({"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",)"
      R"("type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"})");
  EXPECT_TRUE(tokens.max_completion_tokens);
  EXPECT_FALSE(tokens.no_temperature);
  const auto temperature = quirks(
      R"({"message":"Unsupported value: 'temperature' does not support 0.7 with this model. Only the default (1) value is)"
      R"( supported.","type":"invalid_request_error","param":"temperature","code":"unsupported_value"})");
  EXPECT_TRUE(temperature.no_temperature);
  EXPECT_FALSE(temperature.max_completion_tokens);
}

TEST(Quirks, AreNotLearnedFromOthers) {
  EXPECT_FALSE(quirks(R"({"message":"max_tokens is too large: 9000","param":"max_tokens"})").any());
  EXPECT_FALSE(quirks(R"({"message":"no","param":"logprobs","code":"unsupported_parameter"})").any());
  EXPECT_FALSE(quirks(R"({"message":"use 'max_completion_tokens' instead of 'max_tokens'"})", 429).any());
  EXPECT_FALSE(quirks(R"({"message":"temperature must be below 2","param":"temperature"})").any());
}

TEST(Quirks, RenameAField) {
  EXPECT_EQ(
      renamed_field(R"({"model":"m", "max_tokens" : 5,"x":{"max_tokens":1}})", "max_tokens", "max_completion_tokens"),
      R"({"model":"m", "max_completion_tokens" : 5,"x":{"max_tokens":1}})");
  EXPECT_EQ(renamed_field(R"({"x":{"max_tokens":1}})", "max_tokens", "max_completion_tokens"), std::nullopt);
  EXPECT_EQ(renamed_field(R"({"max_tokens":1,"max_completion_tokens":2})", "max_tokens", "max_completion_tokens"),
            std::nullopt);
  EXPECT_EQ(renamed_field("[", "max_tokens", "max_completion_tokens"), std::nullopt);
}

TEST(Quirks, LeaveAFieldOut) {
  EXPECT_EQ(without_field(R"({"temperature":0.7})", "temperature"), "{}");
  EXPECT_EQ(without_field(R"({"temperature":0.7,"a":1})", "temperature"), R"({"a":1})");
  EXPECT_EQ(without_field(R"({"a":",{}", "temperature" : 0.7 })", "temperature"), R"({"a":",{}"})");
  EXPECT_EQ(without_field(R"({"a":1,"temperature":0.7,"b":2})", "temperature"), R"({"a":1,"b":2})");
  EXPECT_EQ(without_field(R"({"a":{"temperature":0.7}})", "temperature"), std::nullopt);
}

}  // namespace
}  // namespace headway::wire
