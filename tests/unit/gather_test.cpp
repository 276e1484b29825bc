#include <headway/gather.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <headway/as_completed.hpp>
#include <headway/detail/block_on.hpp>

#include "loop_tools.hpp"

namespace headway {
namespace {

using boost::asio::io_context;
using test::Gate;
using test::Running;
using test::settle;

/// A loop and gates, opened by the tests; how many children have started, ended, and were destroyed.
class Gather : public testing::Test {
 protected:
  explicit Gather(std::size_t gates = 10) {
    for (std::size_t i = 0; i < gates; ++i) gates_.emplace_back(loop_);
  }

  awaitable<int> wait(int i) {
    ++started_;
    const Alive alive(*this);
    co_await gates_.at(static_cast<std::size_t>(i)).pass();
    ++passed_;
    co_return i;
  }

  awaitable<int> fail(int i) {
    co_await wait(i);
    throw std::out_of_range("child " + std::to_string(i));
  }

  /// Takes its time to stop when it is cancelled.
  awaitable<int> clean_up(int i, Gate& cleaned) {
    std::exception_ptr cancelled;
    try {
      co_await wait(i);
    } catch (...) {
      cancelled = std::current_exception();
    }
    if (!cancelled) co_return i;
    co_await boost::asio::this_coro::reset_cancellation_state();
    co_await cleaned.pass();
    std::rethrow_exception(cancelled);
  }

  auto waits(int n) {
    return std::views::iota(0, n) | std::views::transform([this](int i) { return wait(i); });
  }

  void open(int i) {
    gates_.at(static_cast<std::size_t>(i)).open();
    settle(loop_);
  }
  void open_all() {
    for (auto& gate : gates_) gate.open();
    settle(loop_);
  }

  struct Alive {
    explicit Alive(Gather& test_) : test(test_) { test.most_alive_ = std::max(test.most_alive_, ++test.alive_); }
    Alive(const Alive&) = delete;
    Alive& operator=(const Alive&) = delete;
    ~Alive() { --test.alive_; }
    Gather& test;
  };

  int started_ = 0;
  int passed_ = 0;
  int alive_ = 0;
  int most_alive_ = 0;
  io_context loop_{1};
  std::deque<Gate> gates_;
};

awaitable<int> ready(int i) {
  co_return i;
}
awaitable<void> nothing() {
  co_return;
}
awaitable<int> throws() {
  throw std::length_error("at once");
  co_return 0;
}

template <class T>
ErrorKind kind_of(Running<T>& running) {
  return Error(running.error()).kind();
}

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
  Running lvalue(loop_, gather(vector));
  EXPECT_EQ(lvalue.result(), (std::vector<int>{1, 2}));

  std::deque<awaitable<int>> deque;
  deque.push_back(ready(3));
  Running prvalue(loop_, gather(std::move(deque)));
  EXPECT_EQ(prvalue.result(), std::vector<int>{3});

  awaitable<int> array[] = {ready(4), ready(5)};
  Running span(loop_, gather(std::span(array)));
  EXPECT_EQ(span.result(), (std::vector<int>{4, 5}));

  Running unsized(loop_, gather(std::views::iota(0, 6) | std::views::filter([](int i) { return i % 2 == 1; }) |
                                std::views::transform(ready)));
  EXPECT_EQ(unsized.result(), (std::vector<int>{1, 3, 5}));
}

TEST_F(Gather, RefusesWhatWasAwaitedBefore) {
  std::vector<awaitable<int>> tasks;
  tasks.push_back(ready(1));
  Running once(loop_, gather(tasks));
  tasks.push_back(ready(2));
  Running twice(loop_, gather_outcomes(tasks));
  EXPECT_EQ(twice.result()[0].error().kind(), ErrorKind::configuration);
  EXPECT_EQ(twice.result()[1].value(), 2);
}

static_assert(!detail::awaitable_range<std::vector<int>>);
static_assert(!detail::awaitable_range<const std::vector<awaitable<int>>&>, "they cannot be moved out of it");

TEST_F(Gather, AwaitsChildrenThatGiveNothing) {
  std::vector<awaitable<void>> children;
  children.push_back(nothing());
  children.push_back(gates_[0].pass());
  Running all(loop_, gather(children));
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

TEST_F(Gather, TheFirstFailureCancelsTheRestAndIsThrown) {
  std::vector<awaitable<int>> children;
  children.push_back(wait(0));
  children.push_back(fail(1));
  children.push_back(fail(2));
  Running all(loop_, gather(children));
  open(2);
  EXPECT_EQ(alive_, 0);
  try {
    all.result();
    FAIL();
  } catch (const std::out_of_range& e) {
    EXPECT_STREQ(e.what(), "child 2") << "the first in time";
  }
}

TEST_F(Gather, AwaitsEveryChildBeforeItThrows) {
  Gate cleaned(loop_);
  std::vector<awaitable<int>> children;
  children.push_back(clean_up(0, cleaned));
  children.push_back(fail(1));
  Running all(loop_, gather(children));
  open(1);
  EXPECT_FALSE(all.ended()) << "the first child still cleans up";
  cleaned.open();
  settle(loop_);
  EXPECT_THROW(all.result(), std::out_of_range);
}

TEST_F(Gather, AChildThatFailsAtOnceStartsNoMore) {
  auto make = [&](int i) { return i == 1 ? throws() : wait(i); };
  Running all(loop_, gather(std::views::iota(0, 5) | std::views::transform(make), GatherOptions{2}));
  EXPECT_EQ(started_, 1);
  EXPECT_THROW(all.result(), std::length_error);
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
  Running all(loop_, gather_outcomes(children));
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
  Running all(loop_, gather_outcomes(children));
  EXPECT_TRUE(all.result()[0].has_value());
}

TEST_F(Gather, CancellingItCancelsWhatItStartedAndStartsNoMore) {
  Running all(loop_, gather(waits(10), GatherOptions{4}));
  all.cancel();
  settle(loop_);
  EXPECT_EQ(alive_, 0);
  EXPECT_EQ(started_, 4);
  EXPECT_EQ(kind_of(all), ErrorKind::cancelled);
  EXPECT_THROW(all.result(), boost::system::system_error) << "what the children threw";
}

TEST_F(Gather, CancelledItStillAwaitsEveryChild) {
  Gate cleaned(loop_);
  std::vector<awaitable<int>> children;
  children.push_back(clean_up(0, cleaned));
  children.push_back(wait(1));
  Running all(loop_, gather(children));
  all.cancel();
  settle(loop_);
  EXPECT_FALSE(all.ended());
  cleaned.open();
  settle(loop_);
  EXPECT_EQ(kind_of(all), ErrorKind::cancelled);
}

TEST_F(Gather, ASecondCancellationReachesTheChildrenToo) {
  Gate cleaned(loop_);
  Running all(loop_,
              gather(std::views::iota(0, 1) | std::views::transform([&](int i) { return clean_up(i, cleaned); })));
  all.cancel();
  settle(loop_);
  EXPECT_FALSE(all.ended());
  all.cancel();
  settle(loop_);
  EXPECT_EQ(kind_of(all), ErrorKind::cancelled);
}

TEST_F(Gather, CancelledWithResultsToSpareItThrowsNothingAway) {
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
  EXPECT_EQ(kind_of(part), ErrorKind::cancelled) << "two were never started";
  ASSERT_EQ(outcomes.result().size(), 4u);
  EXPECT_EQ(outcomes.result()[1].value(), 1);
  EXPECT_EQ(outcomes.result()[2].error().kind(), ErrorKind::cancelled);
}

TEST_F(Gather, CancelledOutcomesOfARangeWithoutASizeEndWithTheLastThatStarted) {
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

TEST_F(Gather, InACoroutineThatIsCancelledAlreadyItStartsNothing) {
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
  EXPECT_EQ(kind_of(all), ErrorKind::cancelled);
}

TEST_F(Gather, HeedsOnlyTerminalCancellation) {
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

TEST_F(Gather, AChildMayCancelItsGather) {
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
  EXPECT_EQ(kind_of(*all), ErrorKind::cancelled);
}

/// An operation that completes inside its own cancellation, which Asio's never do.
awaitable<void> ends_while_it_is_cancelled() {
  auto initiate = [](auto handler) {
    auto slot = boost::asio::get_associated_cancellation_slot(handler);
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    slot.assign([shared](boost::asio::cancellation_type) {
      const auto kept = shared;
      std::move (*kept)(boost::asio::error::operation_aborted);
    });
  };
  auto operation = boost::asio::async_initiate<const boost::asio::deferred_t, void(boost::system::error_code)>(
      initiate, boost::asio::deferred);
  co_await std::move(operation);
}

TEST_F(Gather, ChildrenMayEndWhileTheyAreCancelled) {
  std::vector<awaitable<void>> children;
  for (int i = 0; i < 5; ++i) children.push_back(ends_while_it_is_cancelled());
  Running all(loop_, gather(children));
  all.cancel();
  settle(loop_);
  EXPECT_EQ(all.ends(), 1);
  EXPECT_EQ(kind_of(all), ErrorKind::cancelled);
}

TEST_F(Gather, CancellingGoesDownThroughGathersInGathers) {
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

TEST_F(Gather, OneByOneTheFirstFailureCancelsTheRest) {
  Running all(loop_, gather(wait(0), fail(1), nothing()));
  open(1);
  EXPECT_EQ(alive_, 0);
  EXPECT_THROW(all.result(), std::out_of_range);
}

TEST_F(Gather, ThrowsAnErrorOfADerivedClassAsWhatItWas) {
  struct Derived : Error {
    Derived() : Error(ErrorKind::server, "derived") {}
  };
  auto derived = []() -> awaitable<void> {
    throw Derived();
    co_return;
  };
  Running all(loop_, gather(derived(), nothing()));
  EXPECT_EQ(kind_of(all), ErrorKind::server);
  EXPECT_THROW(all.result(), Derived);
}

TEST_F(Gather, IsDestroyedWithItsLoop) {
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
