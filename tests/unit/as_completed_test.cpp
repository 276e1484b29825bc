#include <headway/as_completed.hpp>

#include <deque>
#include <memory>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <headway/detail/block_on.hpp>
#include <headway/gather.hpp>

#include "loop_tools.hpp"

namespace headway {
namespace {

using test::Gate;
using test::io_context;
using test::ready;
using test::Running;
using test::settle;

/// A reader that takes results when it is told to.
class AsCompletedTest : public test::GatedChildren {
 protected:
  /// Takes one result now; nothing if none has ended yet. The reader waits no longer.
  template <class T>
  std::optional<Completed<detail::stored_t<T>>> take(AsCompleted<T>& ended) {
    Running one(loop_, ended.next());
    if (one.ended()) return std::move(one.result());
    one.cancel();
    settle(loop_);
    EXPECT_EQ(one.kind(), ErrorKind::cancelled);
    return std::nullopt;
  }

  /// Takes until the end and gives the indices.
  template <class T>
  static awaitable<std::vector<std::size_t>> drain(AsCompleted<T>& ended) {
    std::vector<std::size_t> indices;
    while (auto one = co_await ended.next()) indices.push_back(one->index);
    co_return indices;
  }
};

TEST_F(AsCompletedTest, GivesTheQuickestFirst) {
  auto ended = as_completed(waits(3));
  Running all(loop_, drain(ended));
  open(2);
  open(0);
  EXPECT_FALSE(all.ended());
  open(1);
  EXPECT_EQ(all.result(), (std::vector<std::size_t>{2, 0, 1}));
}

TEST_F(AsCompletedTest, GivesThePlaceInTheInputAndTheOutcome) {
  std::vector<awaitable<int>> children;
  children.push_back(wait(0));
  children.push_back(fail(1));
  auto ended = as_completed(std::move(children));
  EXPECT_FALSE(take(ended));
  open(1);
  open(0);
  const auto failed = take(ended);
  EXPECT_EQ(failed->index, 1u);
  EXPECT_THROW(failed->outcome.value(), std::out_of_range);
  const auto good = take(ended);
  EXPECT_EQ(good->index, 0u);
  EXPECT_EQ(good->outcome.value(), 0) << "a failure cancels nothing";
}

TEST_F(AsCompletedTest, GivesNothingAtTheEndAsOftenAsIsAsked) {
  auto none = as_completed(std::vector<awaitable<int>>());
  for (int i = 0; i < 2; ++i) {
    Running end(loop_, none.next());
    EXPECT_FALSE(end.result());
  }
}

TEST_F(AsCompletedTest, StartsWithTheFirstNext) {
  auto ended = as_completed(waits(3));
  EXPECT_EQ(started_, 0);
  EXPECT_FALSE(take(ended));
  EXPECT_EQ(started_, 3);
}

TEST_F(AsCompletedTest, LeftBeforeItStartsNothing) {
  { const auto ended = as_completed(waits(3)); }
  auto moved_from = as_completed(waits(3));
  auto ended = std::move(moved_from);
  settle(loop_);
  EXPECT_EQ(started_, 0);
}

TEST_F(AsCompletedTest, ResultsThatWereNotTakenHoldBackTheNext) {
  auto ended = as_completed(waits(6), GatherOptions{2});
  EXPECT_FALSE(take(ended));
  open(0);
  open(1);
  EXPECT_EQ(started_, 2) << "two results wait for the reader";
  EXPECT_EQ(take(ended)->index, 0u);
  EXPECT_EQ(started_, 3);
  open(2);
  EXPECT_EQ(started_, 3);
  EXPECT_EQ(take(ended)->index, 1u);
  EXPECT_EQ(take(ended)->index, 2u);
  EXPECT_EQ(started_, 5);
}

TEST_F(AsCompletedTest, ASlowChildHoldsNothingBack) {
  auto ended = as_completed(waits(10), GatherOptions{2});
  Running all(loop_, drain(ended));
  for (int i = 1; i < 10; ++i) open(i);
  EXPECT_EQ(started_, 10);
  EXPECT_EQ(alive_, 1);
  open(0);
  EXPECT_EQ(all.result(), (std::vector<std::size_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 0}));
}

TEST_F(AsCompletedTest, LeavingEarlyCancelsWhatIsInFlight) {
  auto first_only = [this]() -> awaitable<int> {
    auto ended = as_completed(waits(5), GatherOptions{3});
    const auto first = co_await ended.next();
    co_return first->outcome.value();
  };
  Running first(loop_, first_only());
  EXPECT_EQ(alive_, 3);
  open(1);
  EXPECT_EQ(first.result(), 1);
  EXPECT_EQ(alive_, 0);
  EXPECT_EQ(started_, 4) << "taking the first let one more start";
}

TEST_F(AsCompletedTest, LeavingByAnExceptionCancelsWhatIsInFlight) {
  auto throw_on = [this]() -> awaitable<void> {
    std::vector<awaitable<int>> children;
    children.push_back(wait(0));
    children.push_back(fail(1));
    auto ended = as_completed(std::move(children));
    while (const auto one = co_await ended.next()) one->outcome.value();
  };
  Running reader(loop_, throw_on());
  open(1);
  EXPECT_THROW(reader.result(), std::out_of_range);
  EXPECT_EQ(alive_, 0);
}

TEST_F(AsCompletedTest, CancellingTheReaderCancelsWhatIsInFlight) {
  auto read = [this]() -> awaitable<std::vector<std::size_t>> {
    auto ended = as_completed(waits(5));
    co_return co_await drain(ended);
  };
  Running reader(loop_, read());
  reader.cancel();
  settle(loop_);
  EXPECT_EQ(reader.kind(), ErrorKind::cancelled);
  EXPECT_EQ(alive_, 0);
}

TEST_F(AsCompletedTest, ACancelledNextLosesNothing) {
  auto ended = as_completed(waits(2));
  EXPECT_FALSE(take(ended));
  EXPECT_EQ(alive_, 2);
  open(1);
  EXPECT_EQ(take(ended)->index, 1u);
}

TEST_F(AsCompletedTest, CancelledItStillGivesHowAllThatStartedEnded) {
  auto ended = as_completed(waits(5), GatherOptions{3});
  EXPECT_FALSE(take(ended));
  open(1);
  ended.cancel();
  settle(loop_);
  EXPECT_EQ(take(ended)->outcome.value(), 1);
  EXPECT_EQ(take(ended)->outcome.error().kind(), ErrorKind::cancelled);
  EXPECT_EQ(take(ended)->outcome.error().kind(), ErrorKind::cancelled);
  Running end(loop_, ended.next());
  EXPECT_FALSE(end.result());
  EXPECT_EQ(started_, 3);
}

TEST_F(AsCompletedTest, CancelledBeforeItStartsItGivesNothing) {
  auto ended = as_completed(waits(5));
  ended.cancel();
  Running end(loop_, ended.next());
  EXPECT_FALSE(end.result());
  EXPECT_EQ(started_, 0);
}

TEST_F(AsCompletedTest, GivesChildrenThatGiveNothingAndWhatCanOnlyBeMoved) {
  std::vector<awaitable<void>> gates;
  gates.push_back(gate(0).pass());
  auto passed = as_completed(std::move(gates));
  EXPECT_FALSE(take(passed));
  open(0);
  EXPECT_TRUE(take(passed)->outcome.has_value());

  auto box = [](int i) -> awaitable<std::unique_ptr<int>> { co_return std::make_unique<int>(i); };
  auto boxes = as_completed(std::views::iota(7, 8) | std::views::transform(box));
  EXPECT_EQ(**take(boxes)->outcome, 7);
}

TEST_F(AsCompletedTest, ARangeThatThrowsGivesThatAsItsLast) {
  auto make = [this](int i) -> awaitable<int> {
    if (i == 1) throw std::length_error("no element 1");
    return wait(i);
  };
  auto ended = as_completed(std::views::iota(0, 4) | std::views::transform(make));
  const auto failed = take(ended);
  EXPECT_EQ(failed->index, 1u);
  EXPECT_THROW(failed->outcome.value(), std::length_error);
  open(0);
  EXPECT_EQ(take(ended)->outcome.value(), 0);
  Running end(loop_, ended.next());
  EXPECT_FALSE(end.result());
}

TEST_F(AsCompletedTest, TakesGathers) {
  auto row = [this](int r) {
    return gather(std::views::iota(0, 3) | std::views::transform([this, r](int i) { return wait(3 * r + i); }));
  };
  auto rows = as_completed(std::views::iota(0, 3) | std::views::transform(row), GatherOptions{2});
  EXPECT_FALSE(take(rows));
  for (int i = 3; i < 6; ++i) open(i);
  EXPECT_EQ(take(rows)->outcome.value(), (std::vector<int>{3, 4, 5}));
  EXPECT_EQ(alive_, 6);
  rows.cancel();
  settle(loop_);
  EXPECT_EQ(alive_, 0) << "down through the gathers";
}

awaitable<int> count(int n, std::size_t limit) {
  auto ended = as_completed(std::views::iota(0, n) | std::views::transform(ready), GatherOptions{limit});
  int taken = 0;
  while (const auto one = co_await ended.next()) taken += one->outcome.has_value();
  co_return taken;
}

TEST(AsCompletedMany, ChildrenThatAreReadyDoNotDeepenTheStack) {
  constexpr int n = 50'000;
  for (const auto limit : {1u, 100u, 0u}) EXPECT_EQ(detail::block_on(count(n, limit)), n);
}

TEST_F(AsCompletedTest, IsDestroyedWithItsLoop) {
  auto shared = std::make_shared<int>();
  auto hold = [](std::shared_ptr<int>, io_context& loop) -> awaitable<int> {
    Gate gate(loop);
    co_await gate.pass();
    co_return 0;
  };
  auto read = [&](io_context& loop) -> awaitable<void> {
    auto ended = as_completed(std::views::iota(0, 5) | std::views::transform([&](int) { return hold(shared, loop); }),
                              GatherOptions{3});
    while (co_await ended.next()) {
    }
  };
  {
    io_context loop(1);
    Running reader(loop, read(loop));
    EXPECT_EQ(shared.use_count(), 4);
  }
  EXPECT_EQ(shared.use_count(), 1);
}

}  // namespace
}  // namespace headway
