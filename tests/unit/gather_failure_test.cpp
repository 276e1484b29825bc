#include <headway/gather.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "loop_tools.hpp"

// What gather does when a child fails, when it is cancelled, and when its loop goes away.
namespace headway {
namespace {

using test::Gate;
using test::io_context;
using test::nothing;
using test::Running;
using test::settle;
using test::throws;
using GatherFailure = test::GatedChildren;

TEST_F(GatherFailure, TheFirstFailureCancelsTheRestAndIsThrown) {
  std::vector<awaitable<int>> children;
  children.push_back(wait(0));
  children.push_back(fail(1));
  children.push_back(fail(2));
  Running all(loop_, gather(std::move(children)));
  open(2);
  EXPECT_EQ(alive_, 0);
  try {
    all.result();
    FAIL();
  } catch (const std::out_of_range& e) {
    EXPECT_STREQ(e.what(), "child 2") << "the first in time";
  }
}

TEST_F(GatherFailure, AwaitsEveryChildBeforeItThrows) {
  Gate cleaned(loop_);
  std::vector<awaitable<int>> children;
  children.push_back(clean_up(0, cleaned));
  children.push_back(fail(1));
  Running all(loop_, gather(std::move(children)));
  open(1);
  EXPECT_FALSE(all.ended()) << "the first child still cleans up";
  cleaned.open();
  settle(loop_);
  EXPECT_THROW(all.result(), std::out_of_range);
}

TEST_F(GatherFailure, AChildThatFailsAtOnceStartsNoMore) {
  auto make = [&](int i) { return i == 1 ? throws() : wait(i); };
  Running all(loop_, gather(std::views::iota(0, 5) | std::views::transform(make), GatherOptions{2}));
  EXPECT_EQ(started_, 1);
  EXPECT_THROW(all.result(), std::length_error);
}

TEST_F(GatherFailure, ThrowsAnErrorOfADerivedClassAsWhatItWas) {
  struct Derived : Error {
    Derived() : Error(ErrorKind::server, "derived") {}
  };
  auto derived = []() -> awaitable<void> {
    throw Derived();
    co_return;
  };
  Running all(loop_, gather(derived(), nothing()));
  EXPECT_EQ(all.kind(), ErrorKind::server);
  EXPECT_THROW(all.result(), Derived);
}

TEST_F(GatherFailure, OneByOneTheFirstFailureCancelsTheRest) {
  Running all(loop_, gather(wait(0), fail(1), nothing()));
  open(1);
  EXPECT_EQ(alive_, 0);
  EXPECT_THROW(all.result(), std::out_of_range);
}

TEST_F(GatherFailure, CancellingItCancelsWhatItStartedAndStartsNoMore) {
  Running all(loop_, gather(waits(10), GatherOptions{4}));
  all.cancel();
  settle(loop_);
  EXPECT_EQ(alive_, 0);
  EXPECT_EQ(started_, 4);
  EXPECT_EQ(all.kind(), ErrorKind::cancelled);
  EXPECT_THROW(all.result(), boost::system::system_error) << "what the children threw";
}

TEST_F(GatherFailure, CancelledItStillAwaitsEveryChild) {
  Gate cleaned(loop_);
  std::vector<awaitable<int>> children;
  children.push_back(clean_up(0, cleaned));
  children.push_back(wait(1));
  Running all(loop_, gather(std::move(children)));
  all.cancel();
  settle(loop_);
  EXPECT_FALSE(all.ended());
  cleaned.open();
  settle(loop_);
  EXPECT_EQ(all.kind(), ErrorKind::cancelled);
}

TEST_F(GatherFailure, ASecondCancellationReachesTheChildrenToo) {
  Gate cleaned(loop_);
  Running all(loop_,
              gather(std::views::iota(0, 1) | std::views::transform([&](int i) { return clean_up(i, cleaned); })));
  all.cancel();
  settle(loop_);
  EXPECT_FALSE(all.ended());
  all.cancel();
  settle(loop_);
  EXPECT_EQ(all.kind(), ErrorKind::cancelled);
}

TEST_F(GatherFailure, CancelledWithResultsToSpareItThrowsNothingAway) {
  auto stubborn = [this](int i) -> awaitable<int> {
    co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
    co_return co_await wait(i);
  };
  const auto range = std::views::iota(0, 4) | std::views::transform(stubborn);
  Running whole(loop_, gather(range));
  Running part(loop_, gather(range, GatherOptions{2}));
  Running outcomes(loop_, gather_outcomes(range, GatherOptions{2}));
  whole.cancel();
  part.cancel();
  outcomes.cancel();
  open_all();
  EXPECT_EQ(whole.result().size(), 4u) << "all had started, and none obeyed";
  EXPECT_EQ(part.kind(), ErrorKind::cancelled) << "two were never started";
  ASSERT_EQ(outcomes.result().size(), 4u);
  EXPECT_EQ(outcomes.result()[1].value(), 1);
  EXPECT_EQ(outcomes.result()[2].error().kind(), ErrorKind::cancelled);
}

TEST_F(GatherFailure, CancelledOutcomesOfARangeWithoutASizeEndWithTheLastThatStarted) {
  auto unsized = std::views::iota(0, 10) | std::views::filter([](int) { return true; }) |
                 std::views::transform([this](int i) { return wait(i); });
  Running outcomes(loop_, gather_outcomes(unsized, GatherOptions{2}));
  open(0);
  outcomes.cancel();
  settle(loop_);
  ASSERT_EQ(outcomes.result().size(), 3u);
  EXPECT_EQ(outcomes.result()[0].value(), 0);
  EXPECT_EQ(outcomes.result()[2].error().kind(), ErrorKind::cancelled);
}

TEST_F(GatherFailure, InACoroutineThatIsCancelledAlreadyItStartsNothing) {
  auto late = [this](Gate& gate) -> awaitable<std::vector<int>> {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    co_await gate.pass();
    co_await boost::asio::this_coro::throw_if_cancelled(true);
    co_return co_await gather(waits(3));
  };
  Gate gate(loop_);
  Running all(loop_, late(gate));
  all.cancel();
  settle(loop_);
  gate.open();
  settle(loop_);
  EXPECT_EQ(started_, 0);
  EXPECT_EQ(all.kind(), ErrorKind::cancelled);
}

TEST_F(GatherFailure, HeedsOnlyTerminalCancellation) {
  auto total = [this]() -> awaitable<std::vector<int>> {
    co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::enable_total_cancellation());
    co_return co_await gather(waits(2));
  };
  Running all(loop_, total());
  all.cancel(boost::asio::cancellation_type::total);
  settle(loop_);
  EXPECT_EQ(alive_, 2);
  all.cancel();
  settle(loop_);
  EXPECT_EQ(alive_, 0);
}

TEST_F(GatherFailure, AChildMayCancelItsGather) {
  std::optional<Running<std::vector<int>>> all;
  auto make = [&](int i) -> awaitable<int> {
    if (i == 1) all->cancel();
    co_return co_await wait(i);
  };
  Gate first(loop_);
  auto main = [&]() -> awaitable<std::vector<int>> {
    co_await first.pass();
    co_return co_await gather(std::views::iota(0, 4) | std::views::transform(make));
  };
  all.emplace(loop_, main());
  first.open();
  settle(loop_);
  EXPECT_EQ(started_, 2) << "itself and the one before it, none after";
  EXPECT_EQ(alive_, 0);
  EXPECT_EQ(all->kind(), ErrorKind::cancelled);
}

/// An operation that completes inside its own cancellation, which Asio's never do.
awaitable<void> ends_while_it_is_cancelled() {
  auto initiate = [](auto handler) {
    auto slot = boost::asio::get_associated_cancellation_slot(handler);
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    slot.assign([shared](boost::asio::cancellation_type) mutable {
      const auto kept = std::exchange(shared, nullptr);  // completing destroys this lambda
      std::move (*kept)(boost::asio::error::operation_aborted);
    });
  };
  auto operation = boost::asio::async_initiate<const boost::asio::deferred_t, void(boost::system::error_code)>(
      initiate, boost::asio::deferred);
  co_await std::move(operation);
}

TEST_F(GatherFailure, ChildrenMayEndWhileTheyAreCancelled) {
  auto make = [](int) { return ends_while_it_is_cancelled(); };
  Running all(loop_, gather(std::views::iota(0, 5) | std::views::transform(make)));
  all.cancel();
  settle(loop_);
  EXPECT_EQ(all.ends(), 1);
  EXPECT_EQ(all.kind(), ErrorKind::cancelled);
}

TEST_F(GatherFailure, CancellingGoesDownThroughGathersInGathers) {
  auto row = [this](int r) {
    return gather(std::views::iota(0, 3) | std::views::transform([this, r](int i) { return wait(3 * r + i); }));
  };
  const auto rows = std::views::iota(0, 3) | std::views::transform(row);
  Running cancelled(loop_, gather(rows));
  EXPECT_EQ(alive_, 9);
  cancelled.cancel();
  settle(loop_);
  EXPECT_EQ(alive_, 0);

  Running all(loop_, gather(rows));
  open_all();
  EXPECT_EQ(all.result()[2], (std::vector<int>{6, 7, 8}));
}

TEST_F(GatherFailure, IsDestroyedWithItsLoop) {
  auto shared = std::make_shared<int>();
  auto hold = [](std::shared_ptr<int>, io_context& loop) -> awaitable<int> {
    Gate gate(loop);
    co_await gate.pass();
    co_return 0;
  };
  {
    io_context loop(1);
    auto nested = [&](int) {
      return gather(std::views::iota(0, 3) | std::views::transform([&](int) { return hold(shared, loop); }));
    };
    Running all(loop, gather(std::views::iota(0, 3) | std::views::transform(nested), GatherOptions{2}));
    Running tuple(loop, gather(hold(shared, loop), hold(shared, loop)));
    EXPECT_EQ(shared.use_count(), 9);
    EXPECT_FALSE(all.ended());
  }
  EXPECT_EQ(shared.use_count(), 1);
}

}  // namespace
}  // namespace headway
