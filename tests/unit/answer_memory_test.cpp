#include "net/answer_memory.hpp"

#include <list>

#include <gtest/gtest.h>

namespace headway::net {
namespace {

TEST(AnswerMemory, CountsWhatIsHeldUntilItIsLetGo) {
  AnswerMemory memory(0);
  {
    AnswerMemory::Share one(memory);
    AnswerMemory::Share other(memory);
    EXPECT_FALSE(one.hold(1'000'000));
    EXPECT_FALSE(other.hold(10));
    EXPECT_FALSE(one.hold(2'000'000));
    EXPECT_EQ(memory.held(), 2'000'010u);
  }
  EXPECT_EQ(memory.held(), 0u);
}

TEST(AnswerMemory, PastTheLimitOnlyThoseAboveTheirShareEnd) {
  AnswerMemory memory(1'000);
  AnswerMemory::Share large(memory);
  AnswerMemory::Share small(memory);
  EXPECT_FALSE(large.hold(900));
  EXPECT_FALSE(small.hold(101));
  const auto failure = large.hold(901);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->kind, ErrorKind::protocol);
  EXPECT_FALSE(small.hold(500));
  EXPECT_TRUE(small.hold(501));
}

TEST(AnswerMemory, OneAloneMayHaveAll) {
  AnswerMemory memory(1'000);
  AnswerMemory::Share one(memory);
  EXPECT_FALSE(one.hold(1'000));
  EXPECT_TRUE(one.hold(1'001));
}

TEST(AnswerMemory, TwiceTheLimitIsNeverPassed) {
  AnswerMemory memory(100'000);
  std::list<AnswerMemory::Share> shares;
  for (int i = 0; i < 500; ++i) shares.emplace_back(memory);
  for (std::size_t size = 1; size < 2'000; size += 7) {
    for (auto share = shares.begin(); share != shares.end();) {
      share = share->hold(size) ? shares.erase(share) : std::next(share);
    }
    ASSERT_LE(memory.held(), 200'000u);
  }
  EXPECT_GT(shares.size(), 0u);
}

}  // namespace
}  // namespace headway::net
