#include "wire/stream_facts.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include <gtest/gtest.h>

namespace headway::wire {
namespace {

constexpr std::string_view chat_stream =
    "data: {\"choices\":[{\"delta\":{\"content\":\"the \\\"usage\\\" of words\"}}],\"usage\":null}\n\n"
    "data: {\"choices\":[],\"service_tier\":\"flex\",\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4,"
    "\"total_tokens\":7}}\n\n"
    "data: [DONE]\n\n";

TEST(StreamFacts, ReadsTheUsageOfAChatInWhateverSlicesItComes) {
  for (std::size_t slice = 1; slice <= chat_stream.size(); slice += 7) {
    StreamFacts facts;
    for (auto rest = chat_stream; !rest.empty(); rest.remove_prefix(std::min(slice, rest.size()))) {
      facts.feed(rest.substr(0, slice));
    }
    ASSERT_TRUE(facts.charge());
    EXPECT_EQ(facts.charge()->usage.total_tokens, 7);
    EXPECT_EQ(facts.service_tier(), "flex");
  }
}

TEST(StreamFacts, ReadsTheUsageInsideAResponse) {
  StreamFacts facts;
  facts.feed(
      "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"service_tier\":\"default\","
      "\"usage\":{\"input_tokens\":5,\"output_tokens\":6,\"total_tokens\":11}}}\n\n");
  ASSERT_TRUE(facts.charge());
  EXPECT_EQ(facts.charge()->usage.prompt_tokens, 5);
  EXPECT_EQ(facts.charge()->usage.completion_tokens, 6);
  EXPECT_EQ(facts.service_tier(), "default");
}

TEST(StreamFacts, PassesOverWhatItCannotRead) {
  StreamFacts facts;
  facts.feed(
      "data: {\"usage\": broken\n\ndata: {\"error\":{\"message\":\"usage\"},\"usage\":{\"prompt_tokens\":1}}\n\n");
  EXPECT_EQ(facts.charge().value().usage.prompt_tokens, 1) << "an error may have cost something too";
  facts.feed("data: {\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1,\"total_tokens\":2}}\n\n");
  ASSERT_TRUE(facts.charge());
  EXPECT_EQ(facts.charge()->usage.total_tokens, 2);
}

}  // namespace
}  // namespace headway::wire
