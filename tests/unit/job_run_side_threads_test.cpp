#include "job/run/side_threads.hpp"

#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <boost/asio/post.hpp>

namespace headway::job {
namespace {

class SideThreadsTest : public testing::Test {
 protected:
  /// Work that goes on until the gate is opened. On the loop's thread it would wait for ever.
  SideThreads::Work held(std::shared_future<void> open) {
    return [open = std::move(open), loop = std::this_thread::get_id()] {
      ASSERT_NE(std::this_thread::get_id(), loop);
      open.wait();
    };
  }
  SideThreads::Then note(const std::string& name) {
    return [this, name, loop = std::this_thread::get_id()](const std::exception_ptr&) {
      EXPECT_EQ(std::this_thread::get_id(), loop);
      said_.push_back(name);
    };
  }

  boost::asio::io_context loop_{1};
  std::promise<void> gate_;
  std::shared_future<void> open_ = gate_.get_future().share();
  std::vector<std::string> said_;
};

TEST_F(SideThreadsTest, TheLoopGoesOnMeanwhileAndDoesNotEndBefore) {
  SideThreads side(loop_.get_executor(), 1);
  side.run(held(open_), note("work"));
  boost::asio::post(loop_, [&] {
    said_.emplace_back("loop");
    gate_.set_value();
  });
  loop_.run();
  EXPECT_EQ(said_, (std::vector<std::string>{"loop", "work"}));
}

TEST_F(SideThreadsTest, WorkDoesNotWaitForOtherWorkWhereThereMayBeMoreThreads) {
  SideThreads side(loop_.get_executor(), 2);
  side.run(held(open_), note("held"));
  side.run([] {},
           [&](const std::exception_ptr&) {
             said_.emplace_back("free");
             gate_.set_value();
           });
  loop_.run();
  EXPECT_EQ(said_, (std::vector<std::string>{"free", "held"}));
}

TEST_F(SideThreadsTest, OneThreadTakesOneAfterTheOther) {
  SideThreads side(loop_.get_executor(), 1);
  for (const auto* name : {"a", "b", "c"}) side.run([] {}, note(name));
  loop_.run();
  EXPECT_EQ(said_, (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(SideThreadsTest, WhatWorkThrowsIsToldOnTheLoop) {
  SideThreads side(loop_.get_executor(), 1);
  std::exception_ptr told;
  side.run([] { throw std::length_error("too long"); }, [&](const std::exception_ptr& thrown) { told = thrown; });
  loop_.run();
  ASSERT_TRUE(told);
  EXPECT_THROW(std::rethrow_exception(told), std::length_error);
}

TEST_F(SideThreadsTest, WithoutAThreadItIsDoneAtOnceAndToldLater) {
  SideThreads side(loop_.get_executor(), 0);
  side.run([&] { said_.emplace_back("work"); }, note("then"));
  EXPECT_EQ(said_, (std::vector<std::string>{"work"}));
  loop_.run();
  EXPECT_EQ(said_, (std::vector<std::string>{"work", "then"}));
}

TEST_F(SideThreadsTest, WhatHasNotBegunIsLetGoOfAtTheEnd) {
  const auto kept = std::make_shared<int>();
  {
    SideThreads side(loop_.get_executor(), 1);
    std::promise<void> begun;
    side.run(
        [&] {
          begun.set_value();
          open_.wait();
        },
        [kept](const std::exception_ptr&) { FAIL() << "the loop runs no more"; });
    side.run([] {}, [kept](const std::exception_ptr&) { FAIL() << "the loop runs no more"; });
    begun.get_future().wait();
    gate_.set_value();
  }
  EXPECT_LE(kept.use_count(), 3) << "the loop has at most what was told to it";
}

}  // namespace
}  // namespace headway::job
