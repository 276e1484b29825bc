#include <headway/detail/block_on.hpp>

#include <stdexcept>

#include <gtest/gtest.h>

#include "loop_tools.hpp"

namespace headway {
namespace {

using test::Gate;
using test::io_context;
using test::nothing;
using test::ready;
using test::throws;

TEST(BlockOn, GivesTheResultOrThrows) {
  EXPECT_EQ(detail::block_on(ready(3)), 3);
  detail::block_on(nothing());
  EXPECT_THROW(detail::block_on(throws()), std::length_error);
}

TEST(BlockOn, TakesTheSameLoopAgain) {
  io_context loop(1);
  EXPECT_EQ(detail::block_on(loop, ready(1)), 1);
  EXPECT_EQ(detail::block_on(loop, ready(2)), 2);
}

TEST(BlockOn, SaysSoIfTheLoopIsStoppedInside) {
  io_context loop(1);
  auto stop = [&]() -> awaitable<int> {
    loop.stop();
    Gate gate(loop);
    co_await gate.pass();
    co_return 1;
  };
  EXPECT_THROW(detail::block_on(loop, stop()), Error);
}

}  // namespace
}  // namespace headway
