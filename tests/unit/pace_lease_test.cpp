// A Pacer that keeps to a lease.

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "pace/pacer.hpp"
#include "unit/pace_virtual_load.hpp"

namespace headway::pace {
namespace {

using namespace std::chrono_literals;

constexpr auto lease_length = 2s;

PaceOptions loopback(double requests_per_minute = 0) {
  PaceOptions options;
  options.starts_unlimited = true;
  options.requests_per_minute = requests_per_minute;
  return options;
}

Lease lends(double part, bool fresh = false) {
  Lease lease;
  lease.requests = lease.tokens = part;
  lease.fresh = fresh;
  return lease;
}

Attempt declares(double limit, double remaining) {
  Attempt attempt;
  attempt.limits.requests.limit = limit;
  attempt.limits.requests.remaining = remaining;
  attempt.limits.requests.reset = duration((limit - remaining) / limit * 60);
  return attempt;
}

// A worker whose lease is renewed in time, and whose calls are answered at once.
class Worker {
 public:
  explicit Worker(const PaceOptions& options, Attempt answer = {}) : pacer_(options, 1), answer_(answer) {}

  void lend(const Lease& lease) { lease_ = lease; }
  std::size_t sent_in(std::chrono::nanoseconds time) {
    std::size_t sent = 0;
    for (const auto end = now_ + time; now_ < end; now_ += 10ms) {
      pacer_.lend(lease_, now_ + lease_length, now_);
      for (auto admission = pacer_.admit({}, now_); admission.admitted; admission = pacer_.admit({}, now_)) {
        pacer_.settle(admission.reservation, answer_, now_);
        ++sent;
      }
    }
    return sent;
  }
  Pacer& pacer() { return pacer_; }
  time_point now() const { return now_; }

 private:
  Pacer pacer_;
  Attempt answer_;
  Lease lease_;
  time_point now_ = start;
};

TEST(PacerLease, WithoutOneEverAllIsItsOwn) {
  Pacer pacer(loopback(), 1);
  EXPECT_TRUE(pacer.admit({}, start + 24h).admitted);
}

TEST(PacerLease, NothingIsAdmittedAfterItsEnd) {
  Pacer pacer(loopback(), 1);
  pacer.lend(lends(1), start + lease_length, start);
  EXPECT_TRUE(pacer.admit({}, start + lease_length - 1ns).admitted);
  const auto held = pacer.admit({}, start + lease_length);
  EXPECT_FALSE(held.admitted);
  EXPECT_EQ(held.limited_by, LimitedBy::lease);
  EXPECT_EQ(held.ask_again, time_point::max());
  EXPECT_EQ(pacer.snapshot(start + lease_length).limited_by, LimitedBy::lease);
  pacer.lend(lends(1), start + 5s + lease_length, start + 5s);
  EXPECT_TRUE(pacer.admit({}, start + 5s).admitted);
}

TEST(PacerLease, OneThatLendsNothingAdmitsNothing) {
  Lease no_tokens = lends(1), no_place = lends(1);
  no_tokens.tokens = 0;
  no_place.max_concurrency = 0;
  for (const auto& lease : {Lease(), no_tokens, no_place}) {
    Pacer pacer(loopback(), 1);
    pacer.lend(lease, start + lease_length, start);
    EXPECT_EQ(pacer.admit({}, start).limited_by, LimitedBy::lease);
  }
}

TEST(PacerLease, BoundsTheCallsInFlight) {
  Pacer pacer(loopback(), 1);
  auto lease = lends(1);
  lease.max_concurrency = 2;
  pacer.lend(lease, start + lease_length, start);
  const auto first = pacer.admit({}, start);
  EXPECT_TRUE(pacer.admit({}, start).admitted);
  const auto held = pacer.admit({}, start);
  EXPECT_EQ(held.limited_by, LimitedBy::concurrency);
  EXPECT_EQ(held.ask_again, time_point::max());
  pacer.settle(first.reservation, {}, start + 1s);
  EXPECT_TRUE(pacer.admit({}, start + 1s).admitted);
  lease.max_concurrency = 3;
  pacer.lend(lease, start + 1s + lease_length, start + 1s);
  EXPECT_TRUE(pacer.admit({}, start + 1s).admitted);
}

TEST(PacerLease, LendsAPartOfTheLimitThatTheUserHasSet) {
  Worker worker(loopback(600));
  worker.lend(lends(0.5));
  (void)worker.sent_in(5s);
  EXPECT_NEAR(static_cast<double>(worker.sent_in(60s)), 300, 3);
  worker.lend(lends(0.1));
  EXPECT_NEAR(static_cast<double>(worker.sent_in(60s)), 60, 3);
  worker.lend(lends(1));
  EXPECT_NEAR(static_cast<double>(worker.sent_in(60s)), 600, 6);
}

TEST(PacerLease, AFreshOneStartsWithItsPartOfAFullBucket) {
  Worker worker({}, declares(600, 590));
  worker.lend(lends(0.5, true));
  const auto sent = static_cast<double>(worker.sent_in(12s));
  EXPECT_GE(sent, 300);
  EXPECT_LE(sent, 365);
}

TEST(PacerLease, AFirstOneInMidRunStartsWithAnEmptyBucket) {
  Worker worker({}, declares(600, 590));
  worker.lend(lends(0.5));
  EXPECT_LE(worker.sent_in(4s), 22U);
  (void)worker.sent_in(20s);
  EXPECT_NEAR(static_cast<double>(worker.sent_in(20s)), 100, 5);
}

TEST(PacerLease, ATimeWithoutOneFillsNoBucket) {
  Worker worker({}, declares(600, 590));
  worker.lend(lends(0.5));
  (void)worker.sent_in(10s);
  auto now = worker.now() + 10min;
  auto& pacer = worker.pacer();
  std::size_t sent = 0;
  for (const auto end = now + 2s; now < end; now += 10ms) {
    pacer.lend(lends(0.5), now + lease_length, now);
    for (auto admission = pacer.admit({}, now); admission.admitted; admission = pacer.admit({}, now)) ++sent;
  }
  EXPECT_LE(sent, 12U);
}

TEST(PacerLease, APartThatComesBackBringsNoBurst) {
  Worker worker({}, declares(600, 590));
  worker.lend(lends(0.9, true));
  (void)worker.sent_in(4s);
  worker.lend(lends(0.1));
  (void)worker.sent_in(5s);
  worker.lend(lends(0.9));
  EXPECT_LE(worker.sent_in(2s), 22U);
}

TEST(PacerLease, WhatOtherWorkersUseIsNotTakenOff) {
  Worker worker({}, declares(600, 300));
  worker.lend(lends(0.25));
  (void)worker.sent_in(60s);
  EXPECT_NEAR(static_cast<double>(worker.sent_in(60s)), 150, 5);
}

TEST(PacerLease, AFoundRateGoesWithThePart) {
  PaceOptions options;
  options.max_concurrency = 200;
  Pacer pacer(options, 1);
  double level = 10;  // of 10 a second
  auto at = start;
  VirtualLoad load(pacer, [&](time_point now) {
    level = std::min(10.0, level + 10 * std::chrono::duration<double>(now - at).count());
    at = now;
    if (level < 1) return ends(Result::refused, 20ms);
    level -= 1;
    return ends(Result::answered, 1s);
  });
  pacer.lend(lends(0.5), start + 24h, start);
  load.run_for(60s);
  const auto found = pacer.snapshot(load.now()).requests_per_minute_allowed;
  EXPECT_TRUE(pacer.snapshot(load.now()).requests_limit_guessed) << "nobody told it";
  ASSERT_GT(found, 0);
  pacer.lend(lends(0.25), start + 24h, load.now());
  EXPECT_NEAR(pacer.snapshot(load.now()).requests_per_minute_allowed, found / 2, 1e-6);
  pacer.lend(lends(1), start + 24h, load.now());
  EXPECT_NEAR(pacer.snapshot(load.now()).requests_per_minute_allowed, 2 * found, 1e-6);
}

TEST(PacerLease, ADemandIsWhatWasSentLatelyAndWhatWaits) {
  Worker worker(loopback(600));
  EXPECT_EQ(worker.pacer().demand(0, start).requests, 0);
  worker.lend(lends(0.5));
  (void)worker.sent_in(5s);
  EXPECT_NEAR(worker.pacer().demand(0, worker.now()).requests, 0.55, 0.1);
  EXPECT_NEAR(worker.pacer().demand(4, worker.now()).requests, 0.75, 0.1);  // two a second more
  EXPECT_EQ(worker.pacer().demand(1000, worker.now()).requests, 1);
  EXPECT_LE(worker.pacer().demand(0, worker.now() + 5s).requests, 0.05);
}

TEST(PacerLease, WhileNoLimitIsKnownADemandIsAllOrNothing) {
  Pacer pacer({}, 1);
  EXPECT_EQ(pacer.demand(1, start).requests, 1);
  EXPECT_EQ(pacer.demand(1, start).tokens, 1);
  EXPECT_EQ(pacer.demand(0, start).requests, 0);
}

TEST(PacerLease, TokensAreWantedByTheCallsOfLate) {
  PaceOptions options = loopback(6'000);
  options.tokens_per_minute = 60'000;
  Attempt answer;
  answer.input_tokens = 100;
  answer.output_tokens = 100;
  Worker worker(options, answer);
  worker.lend(lends(0.5));
  (void)worker.sent_in(20s);  // 500 tokens a second at 200 a call
  const auto demand = worker.pacer().demand(2, worker.now());
  EXPECT_NEAR(demand.tokens, 0.75, 0.15);
  EXPECT_NEAR(demand.requests, 0.0375, 0.015);
}

TEST(PacerLease, WhoWaitsForAPlaceWantsPlacesAndNoRate) {
  Pacer pacer(loopback(6'000), 1);
  auto lease = lends(1);
  lease.max_concurrency = 2;
  pacer.lend(lease, start + lease_length, start);
  std::size_t sent = 0;
  for (auto now = start; now < start + 1s; now += 10ms) sent += pacer.admit({}, now).admitted ? 1 : 0;
  ASSERT_EQ(sent, 2U);
  const auto demand = pacer.demand(50, start + 1s);
  EXPECT_EQ(demand.in_flight, 2U);
  EXPECT_EQ(demand.concurrency, 52U);
  EXPECT_LE(demand.requests, 0.05);
}

TEST(PacerLease, ALimitThatOthersHaveReadHoldsFromTheStart) {
  Worker reader({}, declares(600, 300));
  (void)reader.sent_in(1s);
  reader.lend(lends(1));
  (void)reader.sent_in(1s);
  LearnedLimits learned;
  reader.pacer().tell(learned, reader.now());
  ASSERT_TRUE(learned.requests);
  EXPECT_EQ(learned.requests->limit, 600);
  EXPECT_EQ(learned.requests->seconds, 60);
  EXPECT_FALSE(learned.tokens);

  Worker worker(loopback());
  worker.pacer().learn(learned, start);
  worker.lend(lends(0.5));
  (void)worker.sent_in(5s);
  EXPECT_NEAR(static_cast<double>(worker.sent_in(20s)), 100, 3);
  LearnedLimits hearsay;
  worker.pacer().tell(hearsay, worker.now());
  EXPECT_EQ(hearsay, LearnedLimits());
}

TEST(PacerLease, OwnAnswersKnowBetterThanOthers) {
  LearnedLimits old;
  old.requests.emplace();
  old.requests->limit = 6'000;
  Worker worker({}, declares(600, 300));
  worker.lend(lends(1));
  (void)worker.sent_in(1s);
  worker.pacer().learn(old, worker.now());
  EXPECT_EQ(worker.pacer().snapshot(worker.now()).requests_per_minute_allowed, 600);
  EXPECT_FALSE(worker.pacer().snapshot(worker.now()).requests_limit_guessed);
}

TEST(PacerLease, WhatWasRefusedToOthersInSlicesIsSentEvenlyHereToo) {
  Worker worker({}, declares(600, 500));
  worker.lend(lends(1));
  (void)worker.sent_in(1s);
  LearnedLimits refused;
  refused.requests.emplace();
  refused.requests->limit = 6'000;  // its own answers know better
  refused.requests->sliced = true;
  worker.pacer().learn(refused, worker.now());
  (void)worker.sent_in(1s);
  EXPECT_NEAR(static_cast<double>(worker.sent_in(1s)), 10, 1);
  EXPECT_NEAR(static_cast<double>(worker.sent_in(20s)), 200, 3);
  LearnedLimits told;
  worker.pacer().tell(told, worker.now());
  EXPECT_TRUE(told.requests->sliced);
}

// Three that begin together on slices are to hear of a refusal before they have sent much more.
TEST(PacerLease, ItsBurstGrowsSlowly) {
  Worker worker({}, declares(600, 590));
  worker.lend(lends(1, true));
  EXPECT_LE(worker.sent_in(1s), 10U + 5U);
  EXPECT_LE(worker.sent_in(1s), 10U + 10U);
}

TEST(PacerLease, WhatMakesNoSenseIsNotLearned) {
  LearnedLimits nonsense;
  nonsense.requests.emplace();
  nonsense.tokens.emplace();
  nonsense.tokens->limit = -1;
  nonsense.input_tokens.emplace();
  nonsense.input_tokens->limit = 5;
  nonsense.input_tokens->seconds = 0;
  Pacer pacer(loopback(), 1);
  pacer.learn(nonsense, start);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(pacer.admit({}, start).admitted);
}

TEST(PacerLease, ALongWaitIsPassedOn) {
  Pacer refused(loopback(600), 1);
  const auto admission = refused.admit({}, start);
  Attempt refusal;
  refusal.result = Result::refused;
  refusal.server_wait = 30s;
  refused.settle(admission.reservation, refusal, start + 1s);
  LearnedLimits told;
  refused.tell(told, start + 2s);
  EXPECT_EQ(told.wait, 29s + 1ms);
  Pacer other(loopback(600), 1);
  other.learn(told, start + 2s);
  const auto held = other.admit({}, start + 2s);
  EXPECT_EQ(held.limited_by, LimitedBy::server);
  EXPECT_GE(held.ask_again, start + 31s);
}

}  // namespace
}  // namespace headway::pace
