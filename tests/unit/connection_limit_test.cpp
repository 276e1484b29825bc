#include "net/connection_limit.hpp"

#include <gtest/gtest.h>

namespace headway::net {
namespace {

using namespace std::chrono_literals;

const ConnectionLimit::time_point limit_start(1h);

TEST(ConnectionLimit, IsWhatTheUserSaid) {
  EXPECT_EQ(ConnectionLimit(7).at(limit_start), 7u);
  EXPECT_EQ(ConnectionLimit(0).at(limit_start), std::numeric_limits<std::size_t>::max());
}

TEST(ConnectionLimit, IsLowerForAWhileWhenTheMachineIsFull) {
  for (const std::size_t most : {std::size_t{0}, std::size_t{100}}) {
    ConnectionLimit limit(most);
    const auto before = limit.at(limit_start);
    limit.shed(5, limit_start);
    EXPECT_EQ(limit.at(limit_start), 5u);
    EXPECT_EQ(limit.at(limit_start + ConnectionLimit::shed_for - 1ns), 5u);
    EXPECT_EQ(limit.at(limit_start + ConnectionLimit::shed_for), before);
  }
}

TEST(ConnectionLimit, IsLoweredAgainIfTheMachineIsStillFull) {
  ConnectionLimit limit(100);
  limit.shed(5, limit_start);
  limit.shed(4, limit_start + 40s);
  EXPECT_EQ(limit.at(limit_start + 69s), 4u);
  EXPECT_EQ(limit.at(limit_start + 70s), 100u);
}

TEST(ConnectionLimit, SheddingNeverRaisesIt) {
  ConnectionLimit limit(3);
  limit.shed(5, limit_start);
  EXPECT_EQ(limit.at(limit_start), 3u);
}

}  // namespace
}  // namespace headway::net
