#include "net/exchange_clock.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace headway::net {
namespace {

using namespace std::chrono_literals;
using time_point = ExchangeClock::time_point;

const time_point clock_start = time_point() + 1h;

const Timeouts& limits(std::chrono::milliseconds first_byte, std::chrono::milliseconds idle,
                       std::chrono::milliseconds total) {
  static std::deque<Timeouts> kept;  // they must outlive the clock
  auto& timeouts = kept.emplace_back();
  timeouts.first_byte = first_byte;
  timeouts.idle = idle;
  timeouts.total = total;
  return timeouts;
}

TEST(ExchangeClock, WaitsForTheFirstByteFirst) {
  ExchangeClock clock;
  clock.start(limits(2s, 1s, 10s), clock_start);
  EXPECT_EQ(clock.expiry(), clock_start + 2s);
  EXPECT_EQ(clock.expired(), ErrorKind::first_byte_timeout);
}

TEST(ExchangeClock, EveryByteMovesTheIdleLimit) {
  ExchangeClock clock;
  clock.start(limits(2s, 1s, 10s), clock_start);
  clock.received(clock_start + 1500ms);
  EXPECT_EQ(clock.expiry(), clock_start + 2500ms);
  clock.received(clock_start + 2s);
  EXPECT_EQ(clock.expiry(), clock_start + 3s);
  EXPECT_EQ(clock.expired(), ErrorKind::idle_timeout);
}

TEST(ExchangeClock, TheWholeIsLimitedHoweverLivelyTheAnswer) {
  ExchangeClock clock;
  clock.start(limits(2s, 1s, 10s), clock_start);
  clock.received(clock_start + 9500ms);
  EXPECT_EQ(clock.expiry(), clock_start + 10s);
  EXPECT_EQ(clock.expired(), ErrorKind::timeout);
}

TEST(ExchangeClock, ZeroIsNoLimit) {
  ExchangeClock clock;
  clock.start(limits(0s, 0s, 0s), clock_start);
  EXPECT_EQ(clock.expiry(), time_point::max());
  clock.received(clock_start + 1s);
  EXPECT_EQ(clock.expiry(), time_point::max());
}

TEST(ExchangeClock, TellsWhatEachStageTookOverAllAttempts) {
  ExchangeClock clock;
  StageTimes times;
  clock.start(limits(0s, 0s, 0s), clock_start);
  clock.sent(clock_start + 500ms);
  clock.received(clock_start + 2s);
  clock.received(clock_start + 3s);
  clock.add_to(times, clock_start + 3s);
  EXPECT_EQ(times.send, 500ms);
  EXPECT_EQ(times.first_byte, 1500ms);
  EXPECT_EQ(times.body, 1s);
  clock.start(limits(0s, 0s, 0s), clock_start + 10s);
  clock.sent(clock_start + 10s);
  clock.add_to(times, clock_start + 14s);
  EXPECT_EQ(times.send, 500ms);
  EXPECT_EQ(times.first_byte, 5500ms);
  EXPECT_EQ(times.body, 1s);
  EXPECT_EQ(times.total(), 7s);
}

TEST(ExchangeClock, WhatIsAnsweredBeforeItIsWrittenWasOnlySent) {
  ExchangeClock clock;
  StageTimes times;
  clock.start(limits(0s, 0s, 0s), clock_start);
  clock.received(clock_start + 2s);
  clock.sent(clock_start + 3s);
  clock.add_to(times, clock_start + 4s);
  EXPECT_EQ(times.send, 2s);
  EXPECT_EQ(times.first_byte, 0s);
  EXPECT_EQ(times.body, 2s);
}

}  // namespace
}  // namespace headway::net
