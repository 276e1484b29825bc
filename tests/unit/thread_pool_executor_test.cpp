#include <headway/thread_pool_executor.hpp>

#include <atomic>
#include <functional>
#include <latch>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <ranges>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <pthread.h>

#include <gtest/gtest.h>
#include <headway/error.hpp>

namespace headway {
namespace {

template <class Function>
void expect_error(ErrorKind kind, Function function) {
  try {
    function();
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
  }
}

TEST(ThreadPoolExecutor, GivesResultsThroughFutures) {
  ThreadPoolExecutor executor{2};
  auto number = executor.submit([] { return 42; });
  auto sum = executor.submit([](int a, int b) { return a + b; }, 1, 2);
  EXPECT_EQ(number.get(), 42);
  EXPECT_EQ(sum.get(), 3);
  EXPECT_EQ(executor.max_workers(), 2u);
}

TEST(ThreadPoolExecutor, RunsFunctionsThatReturnNothing) {
  ThreadPoolExecutor executor{1};
  std::atomic<int> runs = 0;
  executor.submit([&] { ++runs; }).get();
  EXPECT_EQ(runs, 1);
}

TEST(ThreadPoolExecutor, TakesAndGivesReferences) {
  ThreadPoolExecutor executor{1};
  std::string text = "a";
  auto append = [](std::string& s) -> std::string& { return s += "b"; };
  auto future = executor.submit(append, std::ref(text));
  EXPECT_EQ(&future.get(), &text);
  EXPECT_EQ(text, "ab");
}

TEST(ThreadPoolExecutor, TakesAndGivesWhatCanOnlyBeMoved) {
  ThreadPoolExecutor executor{1};
  auto add = [one = std::make_unique<int>(1)](std::unique_ptr<int> n) { return std::make_unique<int>(*n + *one); };
  EXPECT_EQ(*executor.submit(std::move(add), std::make_unique<int>(41)).get(), 42);
}

TEST(ThreadPoolExecutor, CallsMembers) {
  ThreadPoolExecutor executor{1};
  const std::string text = "four";
  EXPECT_EQ(executor.submit(&std::string::size, &text).get(), 4u);
}

TEST(ThreadPoolExecutor, ExceptionsTravelThroughTheFuture) {
  ThreadPoolExecutor executor{1};
  auto future = executor.submit([]() -> int { throw std::out_of_range("far"); });
  EXPECT_THROW(future.get(), std::out_of_range);
  EXPECT_EQ(executor.submit([] { return 1; }).get(), 1) << "the thread lives on";
}

TEST(ThreadPoolExecutor, DestroysATaskBeforeItsFutureIsReady) {
  ThreadPoolExecutor executor{1};
  auto held = std::make_shared<int>(1);
  executor.submit([held] { return *held; }).get();
  EXPECT_EQ(held.use_count(), 1);
}

TEST(ThreadPoolExecutor, StartsTasksInOrder) {
  ThreadPoolExecutor executor{1};
  std::vector<int> order;
  for (int i = 0; i < 100; ++i) executor.submit([&order, i] { order.push_back(i); });
  executor.shutdown();
  std::vector<int> expected(100);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(order, expected);
}

TEST(ThreadPoolExecutor, RunsAsManyTasksAtOnceAsItHasWorkers) {
  ThreadPoolExecutor executor{3};
  std::latch all_started(3);
  for (int i = 0; i < 3; ++i) executor.submit([&] { all_started.arrive_and_wait(); });
  executor.shutdown();
}

// A thread may not be back at the queue when its future is ready, but some time one is.
TEST(ThreadPoolExecutor, StartsNoThreadWhileOneIsIdle) {
  constexpr std::size_t many = 500;
  ThreadPoolExecutor executor{2 * many};
  std::set<std::thread::id> threads;
  const auto is_a_new_thread = [&] {
    return threads.insert(executor.submit([] { return std::this_thread::get_id(); }).get()).second;
  };
  while (threads.size() < many && is_a_new_thread()) {
  }
  EXPECT_LT(threads.size(), many);
}

TEST(ThreadPoolExecutor, StartsNoMoreThreadsThanWorkers) {
  ThreadPoolExecutor executor{2};
  std::mutex mutex;
  std::set<std::thread::id> threads;
  for (int i = 0; i < 200; ++i) {
    executor.submit([&] {
      const std::lock_guard lock(mutex);
      threads.insert(std::this_thread::get_id());
    });
  }
  executor.shutdown();
  EXPECT_LE(threads.size(), 2u);
  EXPECT_FALSE(threads.contains(std::this_thread::get_id()));
}

TEST(ThreadPoolExecutor, RefusesZeroWorkers) {
  expect_error(ErrorKind::configuration, [] { ThreadPoolExecutor executor{0}; });
}

// No thread can be started while it lives: none has room for a stack of that size.
class NoThreads {
 public:
  NoThreads() {
    pthread_getattr_default_np(&usual_);
    pthread_attr_t huge = usual_;
    pthread_attr_setstacksize(&huge, std::size_t{1} << 48);
    pthread_setattr_default_np(&huge);
  }
  NoThreads(const NoThreads&) = delete;
  NoThreads& operator=(const NoThreads&) = delete;
  ~NoThreads() { pthread_setattr_default_np(&usual_); }

 private:
  pthread_attr_t usual_{};
};

TEST(ThreadPoolExecutor, SaysSoIfNoThreadCanBeStarted) {
  ThreadPoolExecutor executor{2};
  std::atomic<int> runs = 0;
  {
    const NoThreads no_threads;
    expect_error(ErrorKind::configuration, [&] { executor.submit([&] { ++runs; }); });
  }
  executor.submit([] {}).get();
  executor.shutdown();
  EXPECT_EQ(runs, 0) << "what was refused was not queued";
}

TEST(ThreadPoolExecutor, GoesOnWithTheThreadsItCouldStart) {
  ThreadPoolExecutor executor{2};
  std::latch release(1);
  auto first = executor.submit([&] { release.wait(); });
  const NoThreads no_threads;
  auto second = executor.submit([] { return 2; });
  release.count_down();
  EXPECT_EQ(second.get(), 2);
}

// Numbers from 1, each of which lets pass who waits for it.
class Turns {
 public:
  void wait_till(int number) {
    for (auto now = reached_.load(); now < number; now = reached_.load()) reached_.wait(now);
  }
  void reach_next() {
    ++reached_;
    reached_.notify_all();
  }

 private:
  std::atomic<int> reached_ = 0;
};

TEST(ThreadPoolExecutorMap, GivesResultsInOrder) {
  ThreadPoolExecutor executor{4};
  Turns ended;
  auto double_after_the_smaller = [&](int n) {
    ended.wait_till(n - 1);
    ended.reach_next();
    return 2 * n;
  };
  EXPECT_EQ(executor.map(double_after_the_smaller, std::vector<int>{3, 1, 2}), (std::vector<int>{6, 2, 4}));
  auto twice = [](int n) { return 2 * n; };
  EXPECT_EQ(executor.map(twice, std::views::iota(0, 3)), (std::vector<int>{0, 2, 4}));
  EXPECT_TRUE(executor.map(twice, std::vector<int>()).empty());
}

TEST(ThreadPoolExecutorMap, GivesTheElementsThemselves) {
  ThreadPoolExecutor executor{2};
  std::vector<std::unique_ptr<int>> numbers(3);
  for (auto& n : numbers) n = std::make_unique<int>(2);
  executor.map([](std::unique_ptr<int>& n) { *n += 10; }, numbers);
  EXPECT_EQ(*numbers[2], 12);
  const auto same =
      executor.map([](const std::string& s) -> const std::string& { return s; }, std::vector<std::string>{"a", "bb"});
  EXPECT_EQ(same, (std::vector<std::string>{"a", "bb"})) << "copied, since what is referred to may go";
  EXPECT_EQ(executor.map([](bool b) { return !b; }, std::vector<bool>{true, false}), (std::vector<bool>{false, true}));
}

TEST(ThreadPoolExecutorMap, FinishesAllThenThrowsTheFirstFailureInOrder) {
  ThreadPoolExecutor executor{4};
  std::atomic<int> finished = 0;
  Turns others;
  auto fail = [&](int n) {
    if (n == 2) others.wait_till(9);
    ++finished;
    if (n == 2) throw std::out_of_range("two, after all others");
    others.reach_next();
    if (n == 7) throw std::length_error("seven, sooner");
  };
  EXPECT_THROW(executor.map(fail, std::views::iota(0, 10)), std::out_of_range);
  EXPECT_EQ(finished, 10);
}

TEST(ThreadPoolExecutorMap, FinishesWhatItStartedIfTheRangeThrows) {
  ThreadPoolExecutor executor{2};
  std::atomic<int> finished = 0;
  std::latch thrown(1);
  auto throwing = std::views::iota(0, 10) | std::views::transform([&](int i) {
                    if (i == 3) {
                      thrown.count_down();
                      throw std::length_error("no element 3");
                    }
                    return i;
                  });
  auto count = [&](int) {
    thrown.wait();
    ++finished;
  };
  EXPECT_THROW(executor.map(count, throwing), std::length_error);
  EXPECT_EQ(finished, 3);
}

TEST(ThreadPoolExecutorShutdown, RefusesFurtherTasks) {
  ThreadPoolExecutor executor{1};
  executor.shutdown();
  expect_error(ErrorKind::configuration, [&] { executor.submit([] {}); });
}

TEST(ThreadPoolExecutorShutdown, WaitsForQueuedTasks) {
  std::atomic<int> runs = 0;
  {
    ThreadPoolExecutor executor{2};
    for (int i = 0; i < 50; ++i) executor.submit([&] { ++runs; });
  }
  EXPECT_EQ(runs, 50);
}

TEST(ThreadPoolExecutorShutdown, CancelsWhatHasNotStarted) {
  ThreadPoolExecutor executor{1};
  std::latch started(1);
  std::latch release(1);
  auto first = executor.submit([&] {
    started.count_down();
    release.wait();
    return 1;
  });
  auto second = executor.submit([] { return 2; });
  started.wait();
  executor.shutdown(false, true);
  expect_error(ErrorKind::cancelled, [&] { second.get(); });
  release.count_down();
  EXPECT_EQ(first.get(), 1);
}

TEST(ThreadPoolExecutorShutdown, WithoutWaitLeavesTheWaitingToTheDestructor) {
  std::latch release(1);
  std::atomic<int> runs = 0;
  {
    ThreadPoolExecutor executor{1};
    for (int i = 0; i < 3; ++i) {
      executor.submit([&] {
        release.wait();
        ++runs;
      });
    }
    executor.shutdown(false);
    EXPECT_EQ(runs, 0);
    release.count_down();
  }
  EXPECT_EQ(runs, 3);
}

TEST(ThreadPoolExecutorShutdown, MayBeCalledTwiceAndByManyThreads) {
  ThreadPoolExecutor executor{3};
  std::atomic<int> runs = 0;
  for (int i = 0; i < 30; ++i) executor.submit([&] { ++runs; });
  std::vector<std::thread> callers;
  callers.reserve(4);
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] {
      executor.shutdown();
      EXPECT_EQ(runs, 30) << "each caller waits for all";
    });
  }
  for (auto& caller : callers) caller.join();
  executor.shutdown();
}

TEST(ThreadPoolExecutorShutdown, InItsOwnTaskDoesNotWait) {
  ThreadPoolExecutor executor{2};
  std::latch both_run(2);
  std::atomic<int> runs = 0;
  for (int i = 0; i < 2; ++i) {
    executor.submit([&] {
      both_run.arrive_and_wait();
      executor.shutdown();
      ++runs;
    });
  }
  both_run.wait();
  executor.shutdown();
  EXPECT_EQ(runs, 2);
}

TEST(ThreadPoolExecutorShutdown, ATaskMaySubmitToItsPool) {
  ThreadPoolExecutor executor{1};
  auto inner = executor.submit([&] { return executor.submit([] { return 5; }); }).get();
  EXPECT_EQ(inner.get(), 5);
}

TEST(ThreadPoolExecutorShutdown, MayBeDestroyedInItsOwnTask) {
  auto executor = std::make_shared<ThreadPoolExecutor>(1);
  auto handed_over = std::make_shared<std::latch>(1);
  auto destroyed = executor->submit([executor, handed_over]() mutable {
    handed_over->wait();
    executor.reset();
  });
  auto after = executor->submit([] { return 6; });
  executor.reset();
  handed_over->count_down();
  destroyed.get();
  EXPECT_EQ(after.get(), 6) << "what was queued is done all the same";
}

TEST(ThreadPoolExecutor, TakesTasksFromManyThreads) {
  ThreadPoolExecutor executor{4};
  std::atomic<int> runs = 0;
  std::vector<std::thread> submitters;
  submitters.reserve(4);
  for (int t = 0; t < 4; ++t) {
    submitters.emplace_back([&] {
      for (int i = 0; i < 500; ++i) executor.submit([&] { ++runs; });
    });
  }
  for (auto& submitter : submitters) submitter.join();
  executor.shutdown();
  EXPECT_EQ(runs, 2000);
}

}  // namespace
}  // namespace headway
