#include "call/key_schedule.hpp"

#include <gtest/gtest.h>

#include "call/fresh_heads.hpp"

namespace headway::call {
namespace {

using namespace std::chrono_literals;

TEST(KeySchedule, AsksAgainBeforeTheKeyEnds) {
  KeySchedule schedule(3600s);
  const KeySchedule::Clock::time_point start{1000h};
  schedule.got(start);
  EXPECT_EQ(schedule.next(), start + 55min);
  EXPECT_FALSE(schedule.is_over(start + 59min));
  schedule.failed(start + 55min);
  EXPECT_EQ(schedule.next(), start + 55min + 10s);
  EXPECT_FALSE(schedule.is_over(start + 59min)) << "the old one still holds";
  EXPECT_TRUE(schedule.is_over(start + 60min));
  schedule.got(start + 61min);
  EXPECT_FALSE(schedule.is_over(start + 62min));
}

TEST(KeySchedule, AShortKeyIsAskedForInItsLastQuarter) {
  KeySchedule schedule(20s);
  const KeySchedule::Clock::time_point start{1000h};
  schedule.got(start);
  EXPECT_EQ(schedule.next(), start + 15s);
}

TEST(FreshHeads, GivesTheSameHeadForTheSameKey) {
  auto made = std::make_shared<net::RequestHead>();
  made->headers.set("Authorization", "Bearer old");
  FreshHeads heads;
  EXPECT_EQ(heads.of(made, "", "Bearer old"), made);
  const auto fresh = heads.of(made, "", "Bearer new");
  EXPECT_EQ(fresh->headers.value("Authorization"), "Bearer new");
  EXPECT_EQ(heads.of(made, "", "Bearer new"), fresh);
  EXPECT_EQ(heads.of(made, "", "Bearer newer")->headers.value("Authorization"), "Bearer newer");
}

TEST(FreshHeads, GivesTheSameHeadForTheSameTarget) {
  auto made = std::make_shared<net::RequestHead>();
  made->target = "/models";
  made->headers.set("x-goog-api-key", "k");
  FreshHeads heads;
  EXPECT_EQ(heads.of(made, "/models", ""), made);
  const auto one = heads.of(made, "/models/a:generateContent", "");
  const auto another = heads.of(made, "/models/b:generateContent", "");
  EXPECT_EQ(one->target, "/models/a:generateContent");
  EXPECT_EQ(another->target, "/models/b:generateContent");
  EXPECT_EQ(one->headers.value("x-goog-api-key"), "k");
  EXPECT_FALSE(one->headers.find("Authorization"));
  EXPECT_EQ(heads.of(made, "/models/a:generateContent", ""), one);
}

}  // namespace
}  // namespace headway::call
