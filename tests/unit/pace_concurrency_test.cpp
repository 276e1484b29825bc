#include "pace/concurrency.hpp"

#include <gtest/gtest.h>

#include "unit/pace_virtual_load.hpp"

namespace headway::pace {
namespace {

using namespace std::chrono_literals;

// Concurrency behind the face of a Pacer.
class Gate {
 public:
  explicit Gate(std::size_t ceiling = 0, bool starts_unlimited = false) : limit(ceiling, starts_unlimited) {}

  Admission admit(const Demand&, time_point now) {
    Admission admission;
    admission.admitted = limit.admit(now);
    admission.ask_again = limit.ask_again();
    admission.reservation.admitted_at = now;
    if (admission.admitted) limit.sent(now);
    return admission;
  }

  void settle(const Reservation& reservation, const Attempt& attempt, time_point now) {
    switch (attempt.result) {
      case Result::answered:
        return limit.answered(attempt, false, reservation.admitted_at, now);
      case Result::refused:
      case Result::overloaded:
        return limit.rejected(false, reservation.admitted_at, now);
      case Result::timed_out:
      case Result::unreachable:
        return limit.lost(reservation.admitted_at, now);
      default:
        return limit.ended();
    }
  }

  Concurrency limit;
};

constexpr std::size_t no_ceiling = 0;
constexpr bool unlimited = true;

// As many as the limit allows, sent at `now`.
std::size_t fill(Concurrency& limit, time_point now, std::size_t most = 100'000) {
  std::size_t sent = 0;
  for (; sent < most && limit.admit(now); ++sent) limit.sent(now);
  return sent;
}

TEST(Concurrency, AHostedEndpointWithNothingKnownBeginsAtOneAndDoubles) {
  Concurrency limit(no_ceiling, false);
  auto now = start;
  for (const std::size_t expected : {1U, 2U, 4U, 8U, 16U, 32U}) {
    ASSERT_EQ(limit.in_flight() + fill(limit, now), expected);
    for (std::size_t i = 0; i < expected; ++i) {
      limit.answered({}, false, now, now + 1s);
      fill(limit, now + 1s, 1);
    }
    now += 1s;
  }
}

TEST(Concurrency, DoesNotGrowWhileLessThanHalfIsUsed) {
  Concurrency limit(no_ceiling, false);
  for (auto now = start; now < start + 100s; now += 2s) {
    ASSERT_TRUE(limit.admit(now));
    limit.sent(now);
    limit.answered({}, false, now, now + 1s);
  }
  EXPECT_LE(limit.limit(), 3);
}

TEST(Concurrency, WhatTheUserSetIsWhereItBeginsAndTheMost) {
  Gate gate(64);
  VirtualLoad load(gate, [](time_point) { return ends(Result::answered, 1s); });
  load.run_for(100s);
  EXPECT_EQ(load.most_in_flight(), 64U);
  EXPECT_EQ(load.ended(Result::answered), 64U * 100);
}

TEST(Concurrency, ALoopbackEndpointHasNoLimit) {
  Concurrency limit(no_ceiling, unlimited);
  EXPECT_EQ(fill(limit, start, 10'000), 10'000U);
  EXPECT_EQ(limit.limit(), Concurrency::unlimited);
}

TEST(Concurrency, AConstantDelayWithTenThousandInFlightIsNoReasonToLowerIt) {
  for (const auto delay : {10us, 1000us, 1000000us}) {
    Gate gate(no_ceiling, unlimited);
    Concurrency& limit = gate.limit;
    auto now = start;
    for (int round = 0; round < 30; ++round) {
      ASSERT_EQ(fill(limit, now, 10'000), 10'000U);
      const auto end = ends(Result::answered, delay);
      for (int i = 0; i < 10'000; ++i) limit.answered(end.attempt, false, now, now + delay);
      now += delay;
    }
    EXPECT_EQ(limit.limit(), Concurrency::unlimited);
  }
}

TEST(Concurrency, OpensInDoublingStepsWhenLimitsAreKnown) {
  Concurrency limit(no_ceiling, false);
  limit.open(start);
  std::size_t sent = fill(limit, start);
  EXPECT_EQ(sent, 1U);
  auto now = start;
  while (sent < 600) {
    ASSERT_GT(limit.ask_again(), now);
    now = limit.ask_again();
    const auto more = fill(limit, now, 600 - sent);
    ASSERT_LE(more, sent) << "a step at most doubles";
    sent += more;
  }
  EXPECT_LE(now, start + 2s);
}

TEST(Concurrency, OpensUpToTheCeilingOnly) {
  Concurrency limit(10, false);
  limit.open(start);
  EXPECT_EQ(fill(limit, start + 1min), 10U);
}

TEST(Concurrency, RefusalsLowerItOnceForAllThatWasInFlight) {
  Concurrency limit(100, false);
  fill(limit, start);
  limit.rejected(false, start, start + 1s);
  EXPECT_EQ(limit.limit(), 90);
  for (int i = 0; i < 9; ++i) limit.rejected(false, start, start + 1s);
  EXPECT_EQ(limit.limit(), 90);
}

TEST(Concurrency, WhatWasNotRefusedIsWhatItHolds) {
  Concurrency limit(no_ceiling, unlimited);
  fill(limit, start, 10'000);
  for (int i = 0; i < 9'488; ++i) limit.rejected(false, start, start + 20ms);
  EXPECT_NEAR(limit.limit(), 512, 1);
}

TEST(Concurrency, TimeoutsHalveItOnce) {
  Concurrency limit(100, false);
  fill(limit, start);
  for (int i = 0; i < 100; ++i) limit.lost(start, start + 60s);
  EXPECT_EQ(limit.limit(), 50);
  EXPECT_EQ(limit.in_flight(), 0U);
}

TEST(Concurrency, OneLossInAHundredIsChance) {
  Concurrency limit(1000, false);
  fill(limit, start);
  for (int i = 0; i < 9; ++i) limit.lost(start, start + 1s);
  EXPECT_EQ(limit.limit(), 1000);
  limit.lost(start, start + 1s);
  EXPECT_LT(limit.limit(), 510);
}

// A round trip in which `refused` of 100 are refused as too fast. Returns when it ends.
time_point paced_round(Concurrency& limit, int refused, time_point now) {
  fill(limit, now, 100 - limit.in_flight());
  for (int i = 0; i < refused; ++i) limit.rejected(true, now, now + 20ms);
  for (int i = refused; i < 100; ++i) limit.answered({}, true, now, now + 1s);
  return now + 2s;
}

TEST(Concurrency, RefusalsThatTheQuotaAnswersForCountIfManyGoOn) {
  Concurrency limit(100, false);
  auto now = start;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(limit.limit(), 100);
    now = paced_round(limit, 30, now);
  }
  EXPECT_LT(limit.limit(), 100);
}

TEST(Concurrency, RefusalsThatTheQuotaAnswersForDoNotCountIfFewOrOverSoon) {
  Concurrency limit(100, false);
  auto now = start;
  for (int i = 0; i < 100; ++i) now = paced_round(limit, 5, now);
  for (int i = 0; i < 100; ++i) now = paced_round(limit, i % 3 == 0 ? 0 : 100 - i % 7, now);
  EXPECT_EQ(limit.limit(), 100);
}

TEST(Concurrency, IsNeverBelowOne) {
  Concurrency limit(4, false);
  auto now = start;
  for (int i = 0; i < 100; ++i) {
    now += 1s;
    ASSERT_TRUE(limit.admit(now));
    limit.sent(now);
    i % 2 == 0 ? limit.lost(now, now + 1ms) : limit.rejected(false, now, now + 1ms);
    EXPECT_GE(limit.limit(), 1);
  }
}

TEST(Concurrency, CallsThatHangStopNothing) {
  Concurrency limit(100, false);
  fill(limit, start);
  for (int i = 0; i < 98; ++i) limit.rejected(false, start, start + 20ms);
  ASSERT_EQ(limit.limit(), 2);
  ASSERT_EQ(limit.in_flight(), 2U);
  auto now = start + 20ms;
  for (int i = 0; i < 5; ++i) {
    ASSERT_FALSE(limit.admit(now));
    EXPECT_EQ(limit.ask_again(), now + 10s);
    now = limit.ask_again();
    ASSERT_EQ(fill(limit, now), 1U);
  }
}

TEST(Concurrency, CallsThatHangDoNotPassTheUsersCeiling) {
  Concurrency limit(2, false);
  fill(limit, start);
  EXPECT_EQ(limit.ask_again(), time_point::max());
  EXPECT_FALSE(limit.admit(start + 10min));
}

TEST(Concurrency, ComesBackToWhatTheUserSetWithinRoundTrips) {
  Gate gate(100);
  bool fails = true;
  VirtualLoad load(gate, [&](time_point) { return ends(fails ? Result::timed_out : Result::answered, 1s); });
  load.run_for(500ms);
  fails = false;
  load.run_for(600ms);
  EXPECT_EQ(gate.limit.limit(), 50);
  load.run_for(8s);
  EXPECT_GE(load.in_flight(), 90U);
  EXPECT_LE(load.most_in_flight(), 100U);
}

TEST(Concurrency, FindsTheRoomOfAServerThatRefusesAtFewRefusals) {
  for (const std::size_t room : {1U, 8U, 64U, 512U}) {
    Gate gate;
    VirtualLoad load(gate, SmallServer(room, 1s));
    load.run_for(120s);
    const auto refused_before = load.ended(Result::refused);
    const auto answered = load.count(Result::answered, 300s);
    const auto refused = load.ended(Result::refused) - refused_before;
    EXPECT_GE(answered, room * 300 * 97 / 100) << room;
    EXPECT_LE(refused * 1000, 10 * answered + 60'000) << room;
  }
}

TEST(Concurrency, FollowsAServerThatGrowsAndShrinks) {
  Gate gate;
  SmallServer small(20, 1s);
  SmallServer large(200, 1s);
  bool is_large = false;
  VirtualLoad load(gate, [&](time_point now) { return is_large ? large(now) : small(now); });
  load.run_for(60s);
  is_large = true;
  load.run_for(60s);
  EXPECT_GE(load.count(Result::answered, 10s), 1900U);
  is_large = false;
  load.run_for(20s);
  EXPECT_GE(load.count(Result::answered, 60s), 60U * 19);
}

TEST(Concurrency, AfterAnOutageItIsBackAtHalfWithinTwoSeconds) {
  Concurrency limit(no_ceiling, unlimited);
  fill(limit, start, 2000);
  for (int i = 0; i < 2000; ++i) limit.rejected(false, start, start + 20ms);
  EXPECT_EQ(limit.limit(), 1);
  limit.restart(start + 60s);
  auto now = start + 60s;
  EXPECT_EQ(fill(limit, now), 125U);
  while (limit.in_flight() < 1000) {
    now = limit.ask_again();
    fill(limit, now);
  }
  EXPECT_LE(now, start + 62s);
  EXPECT_EQ(limit.limit(), 1000);
}

TEST(Concurrency, AfterAnOutageThatTaughtNothingItIsBackWhereItWas) {
  Concurrency limit(50, false);
  limit.restart(start);
  EXPECT_EQ(fill(limit, start), 4U);
  for (auto now = start; now < start + 1s; now += 10ms) fill(limit, now);
  EXPECT_EQ(limit.in_flight(), 50U);
}

class QueueingServerLoad : public ::testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(StreamsOrNot, QueueingServerLoad, ::testing::Bool());

TEST_P(QueueingServerLoad, IsHeldNearWhatItServesAtFullThroughput) {
  for (const bool loopback : {true, false}) {
    Gate gate(no_ceiling, loopback);
    VirtualLoad load(gate, QueueingServer(32, long_tailed(100), GetParam()));
    // What was sent at the start has to be served first.
    load.run_for(loopback ? 2h : 10min);
    EXPECT_LE(load.in_flight(), 32U * 5) << loopback;
    const double mean_seconds = 0.1 + 100 * std::exp(0.5) / 50;
    EXPECT_GE(static_cast<double>(load.count(Result::answered, 20min)), 0.9 * 32 * 1200 / mean_seconds) << loopback;
  }
}

TEST_P(QueueingServerLoad, LongAnswersAloneAreNoQueue) {
  Gate gate(no_ceiling, unlimited);
  double median = 20;
  QueueingServer server(
      100'000, [&, lengths = long_tailed(1)]() mutable { return median * lengths(); }, GetParam());
  VirtualLoad load(gate, server);
  load.run_for(30s);
  median = 2000;
  load.run_for(10min);
  EXPECT_EQ(gate.limit.limit(), Concurrency::unlimited);
}

TEST_P(QueueingServerLoad, AFewSlowAnswersAreNoQueue) {
  Gate gate(500);
  QueueingServer server(1000, long_tailed(100), GetParam());
  std::size_t calls = 0;
  VirtualLoad load(gate, [&](time_point now) {
    auto ending = server(now);
    if (++calls % 50 == 0) {
      ending.after += 10s;
      *ending.attempt.to_first_byte += 10s;
      *ending.attempt.to_end += 10s;
    }
    return ending;
  });
  load.run_for(10min);
  EXPECT_EQ(gate.limit.limit(), 500);
}

TEST(Concurrency, ATrialThatCostsThroughputIsTakenBack) {
  // The time to the first token rises without a queue: more in flight is more throughput all the same.
  Gate gate(200);
  std::size_t calls = 0;
  VirtualLoad load(gate, [&](time_point) {
    const std::chrono::milliseconds wait(++calls < 100 ? 10 : 4000 + static_cast<int>(calls * 37 % 2000));
    auto ending = ends(Result::answered, wait + 1s);
    ending.attempt.to_first_byte = wait;
    return ending;
  });
  load.run_for(60min);
  EXPECT_GE(load.ended(Result::answered), 200U * 3600 / 6 * 9 / 10);
}

}  // namespace
}  // namespace headway::pace
