#include "wire/encode.hpp"

#include <gtest/gtest.h>

#include <headway/error.hpp>

namespace headway::wire {
namespace {

TEST(WithModel, ReplacesTheTopLevelModelOnly) {
  EXPECT_EQ(with_model(R"({"model":"a","prompt":"the \"model\":\"x\"","n":1})", "other"),
            R"({"model":"other","prompt":"the \"model\":\"x\"","n":1})");
  EXPECT_EQ(with_model(R"({"metadata":{"model":"in"}, "model" : "a\"b" , "n":1})", "c"),
            R"({"metadata":{"model":"in"}, "model" : "c" , "n":1})");
}

TEST(WithModel, EscapesTheName) {
  EXPECT_EQ(with_model(R"({"model":"a"})", "a\"b\n"), R"({"model":"a\"b\n"})");
  EXPECT_THROW(with_model(R"({"model":"a"})", "\xff"), Error);
}

TEST(WithModel, LeavesABodyWithoutOneAsItIs) {
  for (const auto* body : {R"({"prompt":"x"})", R"({"model":7})", "{}"}) EXPECT_EQ(with_model(body, "m"), body);
}

TEST(WithModel, KeepsWhatHeadwayWrites) {
  ModelOptions first, second;
  first.model = "first";
  second.model = "second";
  EXPECT_EQ(with_model(completion_body("日本語", first), "second"), completion_body("日本語", second));
}

}  // namespace
}  // namespace headway::wire
