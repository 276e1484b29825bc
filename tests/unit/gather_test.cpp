#include <headway/gather.hpp>

#include <deque>
#include <memory>
#include <ranges>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <headway/detail/block_on.hpp>

#include "loop_tools.hpp"

namespace headway {
namespace {

using test::io_context;
using test::nothing;
using test::ready;
using test::Running;
using test::settle;
using test::throws;
using Gather = test::GatedChildren;

TEST_F(Gather, GivesResultsInTheOrderOfTheInput) {
  Running all(loop_, gather(waits(3)));
  EXPECT_EQ(alive_, 3);
  open(2);
  open(0);
  EXPECT_FALSE(all.ended());
  open(1);
  EXPECT_EQ(all.result(), (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(all.ends(), 1);
}

TEST_F(Gather, OfNothingIsNothing) {
  Running empty(loop_, gather(std::vector<awaitable<int>>()));
  EXPECT_TRUE(empty.result().empty());
  Running no_outcomes(loop_, gather_outcomes(std::vector<awaitable<int>>()));
  EXPECT_TRUE(no_outcomes.result().empty());
  Running empty_void(loop_, gather(std::vector<awaitable<void>>()));
  EXPECT_TRUE(empty_void.ended());
  Running no_arguments(loop_, gather());
  EXPECT_EQ(no_arguments.result(), std::tuple<>());
}

TEST_F(Gather, StartsNothingUntilItIsAwaited) {
  { const auto unused = gather(waits(3)); }
  EXPECT_EQ(started_, 0);
}

TEST_F(Gather, TakesAnyRangeOfAwaitables) {
  std::vector<awaitable<int>> vector;
  vector.push_back(ready(1));
  vector.push_back(ready(2));
  Running given(loop_, gather(std::move(vector)));
  EXPECT_EQ(given.result(), (std::vector<int>{1, 2}));

  std::deque<awaitable<int>> deque;
  deque.push_back(ready(3));
  Running other(loop_, gather(std::move(deque)));
  EXPECT_EQ(other.result(), std::vector<int>{3});

  awaitable<int> array[] = {ready(4), ready(5)};
  Running span(loop_, gather(std::span(array)));
  EXPECT_EQ(span.result(), (std::vector<int>{4, 5}));

  Running unsized(loop_, gather(std::views::iota(0, 6) | std::views::filter([](int i) { return i % 2 == 1; }) |
                                std::views::transform(ready)));
  EXPECT_EQ(unsized.result(), (std::vector<int>{1, 3, 5}));
}

TEST_F(Gather, RefusesWhatWasAwaitedBefore) {
  awaitable<int> tasks[] = {ready(1), ready(2)};
  Running once(loop_, gather(std::span(tasks).first(1)));
  Running twice(loop_, gather_outcomes(std::span(tasks)));
  EXPECT_EQ(twice.result()[0].error().kind(), ErrorKind::configuration);
  EXPECT_EQ(twice.result()[1].value(), 2);
}

static_assert(!detail::awaitable_range<std::vector<int>>);
static_assert(detail::is_lent_container<std::vector<awaitable<int>>&>);
static_assert(!detail::is_lent_container<std::vector<awaitable<int>>>);
static_assert(!detail::is_lent_container<std::span<awaitable<int>>&>, "a view owns nothing");
static_assert(!detail::awaitable_range<const std::vector<awaitable<int>>&>, "they cannot be moved out of it");

TEST_F(Gather, AwaitsChildrenThatGiveNothing) {
  std::vector<awaitable<void>> children;
  children.push_back(nothing());
  children.push_back(gate(0).pass());
  Running all(loop_, gather(std::move(children)));
  EXPECT_FALSE(all.ended());
  open(0);
  all.result();
}

TEST_F(Gather, GivesWhatCanOnlyBeMovedAndWhatHasNoDefault) {
  struct NoDefault {
    explicit NoDefault(std::unique_ptr<int> v) : value(std::move(v)) {}
    std::unique_ptr<int> value;
  };
  auto box = [](int i) -> awaitable<std::unique_ptr<int>> { co_return std::make_unique<int>(i); };
  Running boxes(loop_, gather(std::views::iota(0, 3) | std::views::transform(box)));
  EXPECT_EQ(*boxes.result()[2], 2);
  auto make = [](int i) -> awaitable<NoDefault> { co_return NoDefault(std::make_unique<int>(i)); };
  Running made(loop_, gather(std::views::iota(0, 3) | std::views::transform(make)));
  EXPECT_EQ(*made.result()[1].value, 1);
  auto refuse = [](int) -> awaitable<NoDefault> {
    throw std::length_error("none");
    co_return NoDefault(nullptr);
  };
  Running refused(loop_, gather(std::views::iota(0, 1) | std::views::transform(refuse)));
  EXPECT_THROW(refused.result(), std::length_error);
}

TEST_F(Gather, OverALazyRangeOnlyLimitAreAlive) {
  int made = 0;
  auto make = [&](int i) {
    ++made;
    return wait(i);
  };
  Running all(loop_, gather(std::views::iota(0, 10) | std::views::transform(make), GatherOptions{3}));
  EXPECT_EQ(made, 3);
  open(1);
  EXPECT_EQ(made, 4);
  for (int i = 0; i < 10; ++i) open(i);
  EXPECT_EQ(all.result().size(), 10u);
  EXPECT_EQ(most_alive_, 3);
}

TEST_F(Gather, ASlowChildHoldsNothingBack) {
  Running all(loop_, gather(waits(10), GatherOptions{2}));
  for (int i = 1; i < 10; ++i) open(i);
  EXPECT_EQ(passed_, 9) << "all but the slow one";
  open(0);
  EXPECT_EQ(all.result().size(), 10u);
}

class GatherMany : public testing::TestWithParam<std::size_t> {};

TEST_P(GatherMany, ChildrenThatAreReadyDoNotDeepenTheStack) {
  constexpr int n = 200'000;
  const auto numbers = std::views::iota(0, n) | std::views::transform(ready);
  const auto results = detail::block_on(gather(numbers, GatherOptions{GetParam()}));
  ASSERT_EQ(results.size(), static_cast<std::size_t>(n));
  EXPECT_EQ(results.back(), n - 1);
}

INSTANTIATE_TEST_SUITE_P(Limits, GatherMany, testing::Values(1, 100, 0));

TEST_F(Gather, ARangeThatThrowsIsAFailureAndTheEnd) {
  auto make = [&](int i) -> awaitable<int> {
    if (i == 2) throw std::length_error("no element 2");
    return wait(i);
  };
  const auto range = std::views::iota(0, 5) | std::views::transform(make);
  Running all(loop_, gather(range));
  EXPECT_THROW(all.result(), std::length_error);
  EXPECT_EQ(alive_, 0) << "the two that had started are cancelled";

  Running outcomes(loop_, gather_outcomes(range));
  open_all();
  ASSERT_EQ(outcomes.result().size(), 5u);
  EXPECT_EQ(outcomes.result()[1].value(), 1);
  EXPECT_THROW(outcomes.result()[2].value(), std::length_error);
  EXPECT_EQ(outcomes.result()[3].error().kind(), ErrorKind::cancelled);
}

TEST_F(Gather, OutcomesKeepEveryEnd) {
  std::vector<awaitable<int>> children;
  children.push_back(wait(0));
  children.push_back(fail(1));
  children.push_back(throws());
  Running all(loop_, gather_outcomes(std::move(children)));
  open(1);
  EXPECT_EQ(alive_, 1) << "a failure cancels nothing";
  open(0);
  auto& outcomes = all.result();
  EXPECT_EQ(outcomes[0].value(), 0);
  EXPECT_EQ(outcomes[1].error().kind(), ErrorKind::exception);
  EXPECT_STREQ(outcomes[1].error().what(), "child 1");
  EXPECT_THROW(outcomes[2].value(), std::length_error);
}

TEST_F(Gather, OutcomesOfChildrenThatGiveNothing) {
  std::vector<awaitable<void>> children;
  children.push_back(nothing());
  Running all(loop_, gather_outcomes(std::move(children)));
  EXPECT_TRUE(all.result()[0].has_value());
}

TEST_F(Gather, SeveralOnOneLoopAreApart) {
  Running first(loop_, gather(waits(3), GatherOptions{1}));
  Running second(loop_, gather(waits(4)));
  first.cancel();
  settle(loop_);
  EXPECT_TRUE(first.ended());
  EXPECT_FALSE(second.ended());
  open_all();
  EXPECT_EQ(second.result().size(), 4u);
}

TEST_F(Gather, OneByOneGivesATupleOfAnyTypes) {
  auto text = []() -> awaitable<std::string> { co_return "text"; };
  auto box = []() -> awaitable<std::unique_ptr<int>> { co_return std::make_unique<int>(3); };
  Running all(loop_, gather(wait(1), text(), nothing(), box()));
  open(1);
  auto& [number, words, none, boxed] = all.result();
  EXPECT_EQ(number, 1);
  EXPECT_EQ(words, "text");
  EXPECT_EQ(none, std::monostate());
  EXPECT_EQ(*boxed, 3);
}

TEST(GatherOnStrand, MayUseALoopOfSeveralThreads) {
  io_context loop(2);
  int turns = 0;  // guarded by the strand
  auto turn = [&](int i) -> awaitable<int> {
    for (int k = 0; k < 3; ++k) {
      co_await boost::asio::post(boost::asio::use_awaitable);
      ++turns;
    }
    co_return i;
  };
  std::size_t results = 0;
  auto main = [&]() -> awaitable<void> {
    auto gathered = gather(std::views::iota(0, 300) | std::views::transform(turn), GatherOptions{20});
    results = (co_await std::move(gathered)).size();
  };
  boost::asio::co_spawn(boost::asio::make_strand(loop), main(), [](std::exception_ptr e) { EXPECT_EQ(e, nullptr); });
  std::thread other([&] { loop.run(); });
  loop.run();
  other.join();
  EXPECT_EQ(results, 300u);
  EXPECT_EQ(turns, 900);
}

}  // namespace
}  // namespace headway
