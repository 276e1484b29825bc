#include "pace/breaker.hpp"

#include <gtest/gtest.h>

#include "unit/pace_start.hpp"

namespace headway::pace {
namespace {

using namespace std::chrono_literals;

Breaker opened(time_point now = start) {
  Breaker breaker(1);
  for (int i = 0; i < 5; ++i) breaker.failed(false, false, now);
  return breaker;
}

// Fails its next probe. Returns how long after `now` it let one through.
std::chrono::nanoseconds fail_next_probe(Breaker& breaker, time_point now) {
  const auto when = breaker.admit(now).ask_again;
  EXPECT_TRUE(breaker.admit(when).probe);
  breaker.failed(true, false, when);
  return when - now;
}

TEST(Breaker, AdmitsWhileItIsClosed) {
  Breaker breaker(1);
  for (int i = 0; i < 4; ++i) breaker.failed(false, false, start);
  EXPECT_TRUE(breaker.admit(start).admitted);
  EXPECT_TRUE(breaker.closed());
}

TEST(Breaker, WhatItAdmitsAfterThreeFailuresInARowIsAProbe) {
  Breaker breaker(1);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(breaker.admit(start).probe) << "a call that fails alone pays for its two retries";
    breaker.failed(false, false, start);
  }
  EXPECT_TRUE(breaker.admit(start).probe);
  breaker.answered(true, start, start);
  EXPECT_FALSE(breaker.admit(start).probe);
}

TEST(Breaker, OpensForASecondAfterFiveFailuresInARow) {
  auto breaker = opened();
  const auto answer = breaker.admit(start);
  EXPECT_FALSE(answer.admitted);
  EXPECT_FALSE(breaker.closed());
  EXPECT_LE(answer.ask_again, start + 1s);
  EXPECT_GE(answer.ask_again, start + 800ms);
  EXPECT_FALSE(breaker.admit(answer.ask_again - 1ns).admitted);
}

TEST(Breaker, AnAnswerInBetweenStartsTheCountAnew) {
  Breaker breaker(1);
  for (int i = 0; i < 4; ++i) breaker.failed(false, false, start);
  breaker.answered(false, start, start);
  for (int i = 0; i < 4; ++i) breaker.failed(false, false, start);
  EXPECT_TRUE(breaker.closed());
}

TEST(Breaker, AnAnswerToWhatWasSentBeforeTheFirstFailureDoesNot) {
  Breaker breaker(1);
  for (int i = 0; i < 5; ++i) {
    breaker.answered(false, start - 1s, start + i * 1ms);
    breaker.failed(false, false, start + i * 1ms);
  }
  EXPECT_FALSE(breaker.closed());
}

TEST(Breaker, FewFailuresOfManySentAreNoOutageThoughNoAnswerIsThereYet) {
  Breaker breaker(1);
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(breaker.admit(start + i * 10ms).admitted);
    if (i % 10 == 0) breaker.failed(false, false, start + i * 10ms);
    breaker.answered(false, start - 1s, start + i * 10ms);
  }
  EXPECT_TRUE(breaker.closed());
}

TEST(Breaker, OpensWhenHalfOfTwentyFailed) {
  Breaker breaker(1);
  for (int i = 0; i < 9; ++i) {
    breaker.answered(false, start, start);
    breaker.failed(false, false, start);
  }
  breaker.answered(false, start, start);
  EXPECT_TRUE(breaker.closed());
  breaker.failed(false, false, start);
  EXPECT_FALSE(breaker.closed());
}

TEST(Breaker, StaysClosedWhenAThirdFails) {
  Breaker breaker(1);
  for (int i = 0; i < 10'000; ++i) {
    breaker.answered(false, start + i * 10ms, start + i * 10ms);
    breaker.answered(false, start + i * 10ms, start + i * 10ms);
    breaker.failed(false, false, start + i * 10ms);
  }
  EXPECT_TRUE(breaker.closed());
}

TEST(Breaker, ForgetsWhatFailedLongAgo) {
  Breaker breaker(1);
  for (int i = 0; i < 9; ++i) {
    breaker.failed(false, false, start);
    breaker.answered(false, start, start);
  }
  for (int i = 0; i < 3; ++i) breaker.failed(false, false, start + 25s);
  EXPECT_TRUE(breaker.closed());
}

TEST(Breaker, AConnectionThatBreaksUnderManyCallsFailsOnce) {
  Breaker breaker(1);
  for (int i = 0; i < 1000; ++i) breaker.failed(false, true, start + i * 1us);
  EXPECT_TRUE(breaker.closed());
}

TEST(Breaker, OpensWhenNoConnectionCanBeMade) {
  Breaker breaker(1);
  for (int i = 0; i < 5; ++i) breaker.failed(false, true, start + i * 20ms);
  EXPECT_FALSE(breaker.closed());
}

// Of a thousand that were sent together all have failed: there is none left that may yet be answered.
TEST(Breaker, OpensWhenManyFindNoConnectionAtTheSameTimes) {
  Breaker breaker(1);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(breaker.admit(start).admitted);
  for (int i = 0; i < 1000; ++i) breaker.failed(false, true, start + i * 50us);
  EXPECT_FALSE(breaker.closed());
  EXPECT_LE(breaker.admit(start + 50ms).ask_again, start + 200ms) << "a server that restarts is back soon";
}

TEST(Breaker, LetsThreeProbesThrough) {
  auto breaker = opened();
  const auto when = breaker.admit(start).ask_again;
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(breaker.admit(when).admitted);
  }
  const auto fourth = breaker.admit(when);
  EXPECT_FALSE(fourth.admitted);
  EXPECT_EQ(fourth.ask_again, when + 1s);
}

TEST(Breaker, ProbesThatHangDoNotShutItForEver) {
  auto breaker = opened();
  auto now = breaker.admit(start).ask_again;
  while (breaker.admit(now).admitted) {
  }
  for (int i = 0; i < 100; ++i) {
    now += 1s;
    EXPECT_TRUE(breaker.admit(now).probe);
    EXPECT_FALSE(breaker.admit(now).admitted);
  }
}

TEST(Breaker, ClosesWhenAProbeIsAnswered) {
  auto breaker = opened();
  const auto when = breaker.admit(start).ask_again;
  EXPECT_TRUE(breaker.admit(when).probe);
  EXPECT_TRUE(breaker.answered(true, when + 1s, when + 1s));
  EXPECT_TRUE(breaker.admit(when + 1s).admitted);
  EXPECT_FALSE(breaker.admit(when + 1s).probe);
  EXPECT_FALSE(breaker.answered(true, when + 1s, when + 1s)) << "it was closed already";
}

TEST(Breaker, StaysOpenHalfAsLongAgainUpToThirtySeconds) {
  auto breaker = opened();
  auto now = breaker.admit(start).ask_again;
  EXPECT_TRUE(breaker.admit(now).probe);
  breaker.failed(true, false, now);
  for (auto longest = 1500ms; longest < 30s; longest += longest / 2) {
    const auto time = fail_next_probe(breaker, now);
    EXPECT_LE(time, longest);
    EXPECT_GE(time, longest * 4 / 5 - 1ms);
    now += time;
  }
  for (int i = 0; i < 100; ++i) {
    const auto time = fail_next_probe(breaker, now);
    EXPECT_LE(time, 30s);
    now += time;
  }
}

TEST(Breaker, NoticesTheEndOfAnOutageAfterAboutHalfItsLengthMore) {
  for (const auto outage : {10s, 20s, 30s, 60s, 120s, 600s}) {
    auto breaker = opened();
    auto now = start;
    while (breaker.admit(now).ask_again < start + outage) now += fail_next_probe(breaker, now);
    EXPECT_LE(breaker.admit(now).ask_again, start + outage + std::min<std::chrono::seconds>(outage * 2 / 3, 30s));
  }
}

TEST(Breaker, FailedProbesOfOneTimeCountOnce) {
  auto breaker = opened();
  const auto when = breaker.admit(start).ask_again;
  for (int i = 0; i < 3; ++i) breaker.admit(when);
  for (int i = 0; i < 3; ++i) breaker.failed(true, false, when);
  EXPECT_LE(breaker.admit(when).ask_again, when + 1500ms);
}

TEST(Breaker, WhatWasSentBeforeItOpenedChangesNothing) {
  auto breaker = opened();
  const auto when = breaker.admit(start).ask_again;
  for (int i = 0; i < 100; ++i) breaker.failed(false, false, start);
  EXPECT_FALSE(breaker.answered(false, start, start));
  EXPECT_EQ(breaker.admit(start).ask_again, when);
}

TEST(Breaker, AProbeThatToldNothingMakesPlaceForAnother) {
  auto breaker = opened();
  const auto when = breaker.admit(start).ask_again;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(breaker.admit(when).admitted);
  EXPECT_FALSE(breaker.admit(when).admitted);
  breaker.ended(true);
  EXPECT_TRUE(breaker.admit(when).probe);
}

TEST(Breaker, GrowsOnIfItOpensSoonAgain) {
  auto breaker = opened();
  auto now = breaker.admit(start).ask_again;
  breaker.admit(now);
  breaker.answered(true, now, now);
  for (int i = 0; i < 5; ++i) breaker.failed(false, false, now + 1s);
  EXPECT_GT(breaker.admit(now + 1s).ask_again, now + 2100ms);

  now += 60s;
  breaker.admit(now);
  breaker.answered(true, now, now);
  now += 60s;
  for (int i = 0; i < 5; ++i) breaker.failed(false, false, now);
  EXPECT_LE(breaker.admit(now).ask_again, now + 1s);
}

TEST(Breaker, WithoutRoomForOneCallItOpensShortlyAndThenLonger) {
  Breaker breaker(1);
  breaker.no_room(false, start);
  auto when = breaker.admit(start).ask_again;
  EXPECT_LE(when, start + 100ms);
  EXPECT_GE(when, start + 80ms);
  EXPECT_TRUE(breaker.admit(when).probe);
  breaker.no_room(true, when);
  EXPECT_LE(breaker.admit(when).ask_again, when + 150ms);
  EXPECT_GE(breaker.admit(when).ask_again, when + 120ms);
}

}  // namespace
}  // namespace headway::pace
