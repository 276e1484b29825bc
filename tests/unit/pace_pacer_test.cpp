#include "pace/pacer.hpp"

#include <gtest/gtest.h>

#include "unit/pace_virtual_load.hpp"

namespace headway::pace {
namespace {

using namespace std::chrono_literals;

PaceOptions loopback() {
  PaceOptions options;
  options.starts_unlimited = true;
  return options;
}

PaceOptions concurrency(std::size_t most) {
  PaceOptions options;
  options.max_concurrency = most;
  return options;
}

Attempt attempt(Result result) {
  return ends(result, 1s).attempt;
}

Attempt told_to_wait(Result result, std::chrono::nanoseconds wait) {
  auto told = attempt(result);
  told.server_wait = wait;
  return told;
}

Attempt declares(double limit, double remaining) {
  auto answered = attempt(Result::answered);
  answered.limits.requests.limit = limit;
  answered.limits.requests.remaining = remaining;
  answered.limits.requests.reset = duration((limit - remaining) / limit * 60);
  return answered;
}

std::vector<Reservation> send(Pacer& pacer, time_point now, std::size_t most) {
  std::vector<Reservation> sent;
  while (sent.size() < most) {
    const auto admission = pacer.admit({}, now);
    if (!admission.admitted) break;
    sent.push_back(admission.reservation);
  }
  return sent;
}

TEST(Pacer, OnLoopbackAdmitsAllAtOnce) {
  Pacer pacer(loopback(), 1);
  EXPECT_EQ(send(pacer, start, 10'000).size(), 10'000U);
  EXPECT_EQ(pacer.in_flight(), 10'000U);
  const auto snapshot = pacer.snapshot(start);
  EXPECT_EQ(snapshot.limited_by, LimitedBy::input);
  EXPECT_FALSE(snapshot.concurrency_limit);
}

TEST(Pacer, HoldsToTheCeilingUntilACallEnds) {
  Pacer pacer(concurrency(2), 1);
  const auto sent = send(pacer, start, 10);
  ASSERT_EQ(sent.size(), 2U);
  const auto third = pacer.admit({}, start);
  EXPECT_FALSE(third.admitted);
  EXPECT_EQ(third.limited_by, LimitedBy::concurrency);
  EXPECT_EQ(third.ask_again, time_point::max());
  pacer.settle(sent[0], attempt(Result::answered), start + 1s);
  EXPECT_TRUE(pacer.admit({}, start + 1s).admitted);
}

TEST(Pacer, EveryResultFreesItsPlace) {
  for (const auto result : {Result::answered, Result::refused, Result::overloaded, Result::server_error,
                            Result::timed_out, Result::unreachable, Result::not_sent, Result::cancelled}) {
    Pacer pacer(concurrency(2), 1);
    for (const auto& reservation : send(pacer, start, 2)) pacer.settle(reservation, attempt(result), start + 1s);
    EXPECT_EQ(pacer.in_flight(), 0U);
    EXPECT_TRUE(pacer.admit({}, start + 10min).admitted) << static_cast<int>(result);
  }
}

TEST(Pacer, ADeclaredRemainingGoesOutInASecondOrTwo) {
  Pacer pacer({}, 1);
  const auto first = send(pacer, start, 10);
  ASSERT_EQ(first.size(), 1U);
  auto now = start + 1s;
  pacer.settle(first[0], declares(600, 599), now);
  std::size_t sent = 0;
  while (sent < 550 && now < start + 4s) {
    sent += send(pacer, now, 550 - sent).size();
    now += 10ms;
  }
  EXPECT_EQ(sent, 550U);
  EXPECT_LE(now, start + 3500ms);
}

TEST(Pacer, ARefusalThatTheQuotaAnswersForLeavesTheConcurrencyAlone) {
  auto options = loopback();
  options.requests_per_minute = 6000;
  Pacer pacer(options, 1);
  const auto sent = send(pacer, start, 50);
  ASSERT_GT(sent.size(), 0U);
  pacer.settle(sent[0], attempt(Result::refused), start + 1s);
  EXPECT_FALSE(pacer.snapshot(start + 1s).concurrency_limit);
}

TEST(Pacer, AServerThatFailsIsLeftAlone) {
  Pacer pacer(loopback(), 1);
  for (const auto& reservation : send(pacer, start, 5)) {
    pacer.settle(reservation, attempt(Result::server_error), start + 1s);
  }
  const auto held = pacer.admit({}, start + 1s);
  EXPECT_FALSE(held.admitted);
  EXPECT_EQ(held.limited_by, LimitedBy::server);
  EXPECT_LE(held.ask_again, start + 2s);
  EXPECT_TRUE(pacer.snapshot(start + 1s).left_alone);
  const auto probe = pacer.admit({}, held.ask_again);
  ASSERT_TRUE(probe.admitted);
  EXPECT_TRUE(probe.reservation.probe);
  pacer.settle(probe.reservation, attempt(Result::answered), held.ask_again + 1s);
  EXPECT_FALSE(pacer.snapshot(held.ask_again + 1s).left_alone);
  EXPECT_EQ(send(pacer, held.ask_again + 1s, 100).size(), 4U) << "it is not to fall over again";
}

TEST(Pacer, RefusalsDoNotOpenTheBreaker) {
  auto options = loopback();
  options.requests_per_minute = 60'000;
  Pacer pacer(options, 1);
  const auto sent = send(pacer, start, 100);
  for (const auto& reservation : sent) pacer.settle(reservation, attempt(Result::refused), start + 20ms);
  EXPECT_FALSE(pacer.snapshot(start + 20ms).left_alone);
}

TEST(Pacer, WhatOverloadsAServerThatServesIsTooManyInFlight) {
  Pacer pacer(loopback(), 1);
  const auto sent = send(pacer, start, 10'000);
  for (std::size_t i = 512; i < sent.size(); ++i) {
    pacer.settle(sent[i], attempt(Result::overloaded), start + 20ms);
  }
  EXPECT_FALSE(pacer.snapshot(start + 1s).left_alone);
  EXPECT_NEAR(static_cast<double>(*pacer.snapshot(start + 1s).concurrency_limit), 512, 1);
}

TEST(Pacer, AServerWithoutRoomForOneCallIsAskedLessAndLess) {
  Pacer pacer({}, 1);
  VirtualLoad load(pacer, [](time_point) { return ends(Result::overloaded, 20ms); });
  load.run_for(60s);
  EXPECT_LE(load.ended(Result::overloaded), 80U);
  EXPECT_GE(load.count(Result::overloaded, 60s), 10U) << "but never left alone for long";
}

TEST(Pacer, AnOverloadedServersWaitIsObeyed) {
  Pacer pacer(loopback(), 1);
  const auto sent = send(pacer, start, 10);
  pacer.settle(sent[8], told_to_wait(Result::overloaded, 20s), start + 1s);
  pacer.settle(sent[9], told_to_wait(Result::overloaded, 20s), start + 1s);
  pacer.settle(sent[0], attempt(Result::answered), start + 1s);
  const auto held = pacer.admit({}, start + 2s);
  EXPECT_FALSE(held.admitted);
  EXPECT_EQ(held.limited_by, LimitedBy::server);
  EXPECT_EQ(held.ask_again, start + 21s);
}

TEST(Pacer, SaysWhatLimitsAMomentAfterACallHadToWait) {
  Pacer pacer(concurrency(1), 1);
  const auto sent = send(pacer, start, 2);
  EXPECT_EQ(pacer.snapshot(start + 10s).limited_by, LimitedBy::concurrency) << "a call still waits";
  EXPECT_EQ(pacer.snapshot(start + 10s).concurrency_limit, 1U);
  pacer.settle(sent[0], attempt(Result::answered), start + 20s);
  (void)send(pacer, start + 20s, 1);
  EXPECT_EQ(pacer.snapshot(start + 20s).limited_by, LimitedBy::input);
}

// The storm: 503 for one minute of ten.
TEST(Pacer, AfterAStormAllOfTheServerIsUsedWithinSeconds) {
  for (const auto result : {Result::overloaded, Result::server_error, Result::unreachable}) {
    Pacer pacer(concurrency(200), 1);
    VirtualLoad load(pacer, [&](time_point now) {
      const bool storm = now >= start + 2min && now < start + 3min;
      return storm ? ends(result, 20ms) : ends(Result::answered, 2s);
    });
    load.run_for(3min);
    EXPECT_LE(load.ended(result), 1000U) << static_cast<int>(result);
    load.run_for(40s);
    EXPECT_GE(load.count(Result::answered, 10s), 950U) << static_cast<int>(result);
  }
}

TEST(Pacer, AFailureOnceInAWhileCostsNoThroughput) {
  Pacer pacer(loopback(), 1);
  std::size_t calls = 0;
  VirtualLoad load(pacer, [&](time_point) {
    return ++calls % 200 == 0 ? ends(Result::unreachable, 20ms) : ends(Result::answered, 1s);
  });
  load.run_for(20s);
  EXPECT_EQ(load.in_flight(), 20'000U);
}

}  // namespace
}  // namespace headway::pace
