#include "pace/retry.hpp"

#include <array>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace headway::pace {
namespace {

using namespace std::chrono_literals;
using Reason = Decision::Reason;
using std::chrono::steady_clock;

constexpr steady_clock::time_point now{1000s};
constexpr std::optional<steady_clock::time_point> no_deadline;

Failure failure(ErrorKind kind) {
  Failure f;
  f.kind = kind;
  return f;
}

Failure told_to_wait(std::chrono::milliseconds wait, ErrorKind kind = ErrorKind::server) {
  Failure f = failure(kind);
  f.server_wait = wait;
  return f;
}

Failure told_to_retry(bool should_retry, ErrorKind kind) {
  Failure f = failure(kind);
  f.should_retry = should_retry;
  return f;
}

Failure unprocessed() {
  Failure f = failure(ErrorKind::connect);
  f.unprocessed = true;
  return f;
}

Failure overloaded() {
  Failure f = failure(ErrorKind::server);
  f.overloaded = true;
  return f;
}

Failure failed_probe(ErrorKind kind = ErrorKind::server) {
  Failure f = failure(kind);
  f.probe = true;
  return f;
}

Decision first_decision(const Failure& f) {
  return Retry(2, 1).failed(f, now, no_deadline);
}

TEST(Retry, RetriesWhatMayGoBetterNextTime) {
  for (const auto kind :
       {ErrorKind::server, ErrorKind::connect, ErrorKind::dns, ErrorKind::connect_timeout,
        ErrorKind::first_byte_timeout, ErrorKind::idle_timeout, ErrorKind::timeout, ErrorKind::incomplete}) {
    EXPECT_EQ(first_decision(failure(kind)).reason, Reason::retry) << static_cast<int>(kind);
  }
}

TEST(Retry, DoesNotRetryWhatWouldEndTheSameWay) {
  for (const auto kind : {ErrorKind::configuration, ErrorKind::authentication, ErrorKind::permission,
                          ErrorKind::not_found, ErrorKind::bad_request, ErrorKind::quota_exhausted, ErrorKind::tls,
                          ErrorKind::deadline, ErrorKind::protocol, ErrorKind::cancelled, ErrorKind::exception}) {
    const auto decision = first_decision(failure(kind));
    EXPECT_FALSE(decision.retry()) << static_cast<int>(kind);
    EXPECT_EQ(decision.reason, Reason::not_retryable);
  }
}

TEST(Retry, GivesUpAfterTwoRetries) {
  Retry retry(2, 1);
  EXPECT_TRUE(retry.failed(failure(ErrorKind::server), now, no_deadline).retry());
  EXPECT_TRUE(retry.failed(failure(ErrorKind::connect), now, no_deadline).retry());
  EXPECT_EQ(retry.failed(failure(ErrorKind::server), now, no_deadline).reason, Reason::retries_used_up);
}

TEST(Retry, NeverRetriesWithNoRetriesAllowed) {
  for (const int none : {0, -1}) {
    Retry retry(none, 1);
    EXPECT_EQ(retry.failed(failure(ErrorKind::server), now, no_deadline).reason, Reason::retries_used_up);
  }
}

TEST(Retry, WaitsAtRandomUpToTwiceAsLongEachTimeAndNeverBeyondEightSeconds) {
  constexpr std::array longest = {500ms, 1000ms, 2000ms, 4000ms, 8000ms, 8000ms};
  std::vector<std::chrono::nanoseconds> sums(longest.size());
  constexpr int calls = 2000;
  for (std::uint64_t seed = 0; seed < calls; ++seed) {
    Retry retry(1000, seed);
    auto sum = sums.begin();
    for (const auto full : longest) {
      const auto wait = retry.failed(failure(ErrorKind::server), now, no_deadline).wait;
      EXPECT_LT(wait, full);
      EXPECT_GE(wait, 0ns);
      *sum++ += wait;
    }
  }
  auto sum = sums.begin();
  for (const std::chrono::nanoseconds full : longest) {
    const auto mean = *sum++ / calls;
    EXPECT_GT(mean, full * 47 / 100);
    EXPECT_LT(mean, full * 53 / 100);
  }
}

TEST(Retry, WaitsStayBoundedAfterVeryManyFailures) {
  Retry retry(100'000, 1);
  for (int i = 0; i < 99'999; ++i) (void)retry.failed(failure(ErrorKind::server), now, no_deadline);
  EXPECT_LE(retry.failed(failure(ErrorKind::server), now, no_deadline).wait, 8s);
}

TEST(Retry, SpreadsTheWaitsOfNeighbouringSeeds) {
  std::set<std::chrono::nanoseconds> waits;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    waits.insert(Retry(2, seed).failed(failure(ErrorKind::server), now, no_deadline).wait);
  }
  EXPECT_EQ(waits.size(), 1000u);
  EXPECT_LT(*waits.begin(), 5ms);
  EXPECT_GT(*waits.rbegin(), 495ms);
}

TEST(Retry, IsTheSameForTheSameSeed) {
  Retry one(2, 7), other(2, 7);
  EXPECT_EQ(one.failed(failure(ErrorKind::server), now, no_deadline).wait,
            other.failed(failure(ErrorKind::server), now, no_deadline).wait);
}

TEST(Retry, ObeysTheServersWaitToTheLetter) {
  for (const auto wait : {1ms, 20000ms, 120000ms}) EXPECT_EQ(first_decision(told_to_wait(wait)).wait, wait);
}

TEST(Retry, GivesUpWhenTheServerAsksForLonger) {
  EXPECT_EQ(first_decision(told_to_wait(120001ms)).reason, Reason::server_wait_too_long);
  EXPECT_EQ(first_decision(told_to_wait(10h)).reason, Reason::server_wait_too_long);
  EXPECT_EQ(first_decision(told_to_wait(std::chrono::milliseconds::max())).reason, Reason::server_wait_too_long);
}

TEST(Retry, AServersWaitOfZeroIsNone) {
  EXPECT_EQ(first_decision(told_to_wait(0ms)).wait, first_decision(failure(ErrorKind::server)).wait);
}

TEST(Retry, TheServersWaitDoesNotMakeAFailureRetryable) {
  EXPECT_EQ(first_decision(told_to_wait(1s, ErrorKind::quota_exhausted)).reason, Reason::not_retryable);
}

TEST(Retry, TheServerMayForbidARetry) {
  for (const auto kind : {ErrorKind::server, ErrorKind::rate_limited}) {
    EXPECT_EQ(first_decision(told_to_retry(false, kind)).reason, Reason::refused_by_server);
  }
}

TEST(Retry, TheServerMayAskForARetryOfAnyStatus) {
  for (const auto kind : {ErrorKind::authentication, ErrorKind::permission, ErrorKind::not_found,
                          ErrorKind::bad_request, ErrorKind::server, ErrorKind::rate_limited}) {
    EXPECT_TRUE(first_decision(told_to_retry(true, kind)).retry()) << static_cast<int>(kind);
  }
}

TEST(Retry, TheServerCannotAskForARetryWithoutMoney) {
  EXPECT_EQ(first_decision(told_to_retry(true, ErrorKind::quota_exhausted)).reason, Reason::not_retryable);
}

TEST(Retry, WhatTheServerAsksForCountsAsARetry) {
  Retry retry(1, 1);
  EXPECT_TRUE(retry.failed(told_to_retry(true, ErrorKind::bad_request), now, no_deadline).retry());
  EXPECT_EQ(retry.failed(told_to_retry(true, ErrorKind::bad_request), now, no_deadline).reason,
            Reason::retries_used_up);
}

TEST(Retry, ARetryThatCouldNotStartBeforeTheDeadlineIsNotMade) {
  Retry retry(10, 1);
  EXPECT_TRUE(retry.failed(told_to_wait(1s), now, now + 1001ms).retry());
  EXPECT_EQ(retry.failed(told_to_wait(1s), now, now + 1s).reason, Reason::past_deadline);
  EXPECT_EQ(retry.failed(failure(ErrorKind::server), now, now - 1s).reason, Reason::past_deadline);
  EXPECT_EQ(retry.failed(unprocessed(), now, now).reason, Reason::past_deadline);
}

TEST(Retry, SendsWhatWasNotProcessedAgainAtOnceAndAtNoCost) {
  Retry retry(1, 1);
  for (int i = 0; i < 3; ++i) {
    const auto decision = retry.failed(unprocessed(), now, no_deadline);
    EXPECT_TRUE(decision.retry());
    EXPECT_EQ(decision.wait, 0ns);
  }
  EXPECT_TRUE(retry.failed(failure(ErrorKind::server), now, no_deadline).retry());
  EXPECT_EQ(retry.failed(failure(ErrorKind::server), now, no_deadline).reason, Reason::retries_used_up);
}

TEST(Retry, NeverProcessedFourTimesInARowCosts) {
  Retry retry(1, 1);
  for (int i = 0; i < 3; ++i) (void)retry.failed(unprocessed(), now, no_deadline);
  EXPECT_GT(retry.failed(unprocessed(), now, no_deadline).wait, 0ns);
  EXPECT_EQ(retry.failed(unprocessed(), now, no_deadline).reason, Reason::retries_used_up);
}

TEST(Retry, AProcessedFailureInBetweenStartsTheCountAnew) {
  Retry retry(1, 1);
  for (int i = 0; i < 3; ++i) (void)retry.failed(unprocessed(), now, no_deadline);
  (void)retry.failed(failure(ErrorKind::server), now, no_deadline);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(retry.failed(unprocessed(), now, no_deadline).wait, 0ns);
}

TEST(Retry, WhatWasNotProcessedIsSentAgainEvenWithNoRetriesAllowed) {
  EXPECT_TRUE(Retry(0, 1).failed(unprocessed(), now, no_deadline).retry());
}

TEST(Retry, ParksWhatIsTooFastOrHasNoRoomHoweverOften) {
  for (const auto& no_room : {failure(ErrorKind::rate_limited), overloaded()}) {
    Retry retry(0, 1);
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(retry.failed(no_room, now, no_deadline).reason, Reason::park);
    EXPECT_EQ(retry.failed(failure(ErrorKind::server), now, no_deadline).reason, Reason::retries_used_up);
  }
}

TEST(Retry, AParkedCallWithoutAPacerWaitsAsTheServerSaysOrAtRandom) {
  Retry retry(2, 1);
  EXPECT_EQ(retry.failed(told_to_wait(20s, ErrorKind::rate_limited), now, no_deadline).wait, 20s);
  for (int i = 0; i < 100; ++i) {
    const auto wait = retry.failed(failure(ErrorKind::rate_limited), now, no_deadline).wait;
    EXPECT_GT(wait, 0ns);
    EXPECT_LT(wait, 8s);
  }
}

TEST(Retry, AParkedCallWaitsForTomorrowIfTheServerSaysSo) {
  EXPECT_EQ(first_decision(told_to_wait(20h, ErrorKind::rate_limited)).wait, 20h);
  const auto never = first_decision(told_to_wait(std::chrono::milliseconds::max(), ErrorKind::rate_limited));
  EXPECT_EQ(never.reason, Reason::park);
  EXPECT_EQ(never.wait, 31 * 24h);
}

TEST(Retry, ParkingEndsAtTheDeadline) {
  Retry retry(2, 1);
  EXPECT_EQ(retry.failed(failure(ErrorKind::rate_limited), now, now + 1ns).reason, Reason::park);
  EXPECT_EQ(retry.failed(failure(ErrorKind::rate_limited), now, now).reason, Reason::past_deadline);
  EXPECT_EQ(retry.failed(told_to_wait(1s, ErrorKind::rate_limited), now, now + 1s).reason, Reason::past_deadline);
}

TEST(Retry, OverloadDoesNotParkWhatNoServerAnswered) {
  auto reset = failure(ErrorKind::connect);
  reset.overloaded = true;
  EXPECT_EQ(first_decision(reset).reason, Reason::retry);
}

TEST(Retry, AFailedProbeUsesUpNoRetry) {
  Retry retry(1, 1);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(retry.failed(failed_probe(), now, no_deadline).reason, Reason::retry);
  }
  EXPECT_TRUE(retry.failed(failure(ErrorKind::server), now, no_deadline).retry());
  EXPECT_EQ(retry.failed(failure(ErrorKind::server), now, no_deadline).reason, Reason::retries_used_up);
}

TEST(Retry, ACallThatFailsAsAProbeTooOftenPaysForTheNext) {
  for (const auto& [kind, times] : {std::pair(ErrorKind::server, 10), std::pair(ErrorKind::connect, 30)}) {
    Retry retry(1, 1);
    for (int i = 0; i < times + 1; ++i) EXPECT_TRUE(retry.failed(failed_probe(kind), now, no_deadline).retry()) << i;
    EXPECT_EQ(retry.failed(failed_probe(kind), now, no_deadline).reason, Reason::retries_used_up);
  }
}

TEST(Retry, WithoutRetriesNoProbeIsSentAgain) {
  Retry retry(0, 1);
  EXPECT_EQ(retry.failed(failed_probe(ErrorKind::connect), now, no_deadline).reason, Reason::retries_used_up);
}

TEST(Retry, AProbeDoesNotMakeAFailureRetryable) {
  EXPECT_EQ(first_decision(failed_probe(ErrorKind::authentication)).reason, Reason::not_retryable);
}

}  // namespace
}  // namespace headway::pace
