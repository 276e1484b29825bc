#include "pace/quota.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include <gtest/gtest.h>

#include "unit/pace_start.hpp"

namespace headway::pace {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

Demand demand() {
  Demand d;
  d.prompt_bytes = 400;
  d.max_tokens = 200;
  return d;
}

PaceOptions requests_per_minute(double limit) {
  PaceOptions options;
  options.requests_per_minute = limit;
  return options;
}

LimitReading reading(double limit, double remaining, std::optional<nanoseconds> reset = std::nullopt) {
  LimitReading r;
  r.limit = limit;
  r.remaining = remaining;
  r.reset = reset;
  return r;
}

Attempt answered(LimitReading requests = {}) {
  Attempt attempt;
  attempt.limits.requests = requests;
  return attempt;
}

Attempt refused(std::optional<nanoseconds> wait = std::nullopt) {
  Attempt attempt;
  attempt.result = Result::refused;
  attempt.server_wait = wait;
  return attempt;
}

// Sends all that is let through at `now`, at most `most`.
std::vector<Reservation> send_all(Quota& quota, time_point now, std::size_t most = 10'000) {
  std::vector<Reservation> sent;
  Reservation reservation;
  while (sent.size() < most && quota.admit(demand(), reservation, now).admitted) sent.push_back(reservation);
  return sent;
}

// What is let through in `length`, each call answered at once, asking again when told to.
std::size_t sent_in(Quota& quota, time_point from, nanoseconds length, const Attempt& answer = answered()) {
  std::size_t sent = 0;
  for (auto now = from; now < from + length;) {
    Reservation reservation;
    const auto reply = quota.admit(demand(), reservation, now);
    if (reply.admitted) {
      ++sent;
      quota.settle(reservation, answer, now);
    } else {
      EXPECT_GT(reply.ask_again, now);
      now = reply.ask_again;
    }
  }
  return sent;
}

TEST(Quota, KnowsNothingAndHoldsNothingBackAtFirst) {
  Quota quota{PaceOptions()};
  EXPECT_FALSE(quota.knows_rate());
  EXPECT_EQ(send_all(quota, start, 5'000).size(), 5'000u);
  EXPECT_EQ(quota.requests_allowed_per_minute(), 0);
}

TEST(Quota, WhatTheUserSetIsSentEvenlyWithLittleBurst) {
  Quota quota(requests_per_minute(600));
  EXPECT_TRUE(quota.knows_rate());
  EXPECT_DOUBLE_EQ(quota.requests_allowed_per_minute(), 600);
  EXPECT_LE(send_all(quota, start).size(), 2u);
  for (int second = 1; second < 30; ++second) {
    EXPECT_NEAR(static_cast<double>(sent_in(quota, start + second * 1s, 1s)), 10, 1) << second;
  }
}

TEST(Quota, SaysWhenToAskAgainAndWhy) {
  Quota quota(requests_per_minute(60));
  (void)send_all(quota, start);
  Reservation reservation;
  const auto answer = quota.admit(demand(), reservation, start);
  EXPECT_FALSE(answer.admitted);
  EXPECT_EQ(answer.by, LimitedBy::requests);
  EXPECT_FALSE(quota.admit(demand(), reservation, answer.ask_again - 1ms).admitted);
  EXPECT_TRUE(quota.admit(demand(), reservation, answer.ask_again).admitted);
}

TEST(Quota, AShareLeavesTheRestToOthers) {
  auto options = requests_per_minute(600);
  options.share = 0.5;
  Quota quota(options);
  EXPECT_DOUBLE_EQ(quota.requests_allowed_per_minute(), 300);
  EXPECT_NEAR(static_cast<double>(sent_in(quota, start, 60s)), 300, 3);
}

// Calls a minute of a client with half of 600 a minute, while others with the same key use `others` a second.
double sent_beside(double others) {
  PaceOptions options;
  options.share = 0.5;
  Quota quota(options);
  double level = 600, sent = 0;
  for (auto now = start; now < start + 600s; now += 10ms) {
    level = std::min(600.0, level + 0.1) - std::min(level, others * 0.01);
    for (const auto& reservation : send_all(quota, now, 1)) {
      if (now >= start + 540s) ++sent;  // what is left of a full bucket has been used by then
      level = std::max(0.0, level - 1);
      quota.settle(reservation, answered(reading(600, level)), now);
    }
  }
  return sent;
}

TEST(Quota, WhatOthersUseOfTheirPartIsNotTakenOffAShare) {
  EXPECT_NEAR(sent_beside(5), 300, 9);
}

TEST(Quota, WhatOthersUseBeyondTheirPartIsTakenOffAShare) {
  EXPECT_NEAR(sent_beside(7), 180, 20);
}

TEST(Quota, TheLowerOfSetAndDeclaredHolds) {
  for (const double declared : {300.0, 900.0}) {
    Quota quota(requests_per_minute(600));
    quota.settle(send_all(quota, start, 1).front(), answered(reading(declared, 0)), start);
    EXPECT_DOUBLE_EQ(quota.requests_allowed_per_minute(), std::min(declared, 600.0));
  }
}

TEST(Quota, SpendsADeclaredRemainingInDoublingBursts) {
  Quota quota{PaceOptions()};
  quota.settle(send_all(quota, start, 1).front(), answered(reading(600, 599)), start);
  std::size_t sent = 0, last = 0, tenfold = 0;
  for (auto now = start; now < start + 3s; now += 10ms) {
    const auto burst = send_all(quota, now);
    sent += burst.size();
    if (burst.size() > 10 * std::max<std::size_t>(last, 2)) ++tenfold;
    last = std::max(last, burst.size());
  }
  EXPECT_GE(sent, 520u);  // a tenth at most is kept, so that none comes too early
  EXPECT_LE(sent, 630u);
  EXPECT_EQ(tenfold, 0u);
}

TEST(Quota, AReadingIsAsOldAsItsCall) {
  Quota quota{PaceOptions()};
  quota.settle(send_all(quota, start, 1).front(), answered(reading(600, 599)), start);
  std::vector<Reservation> sent;
  for (auto now = start; now < start + 3s; now += 10ms) {
    for (const auto& r : send_all(quota, now)) sent.push_back(r);
  }
  // The first call's answer comes late: much was left when it was sent.
  quota.settle(sent.front(), answered(reading(600, 598)), start + 3s);
  EXPECT_LE(send_all(quota, start + 3s).size(), 1u);
}

TEST(Quota, CallsOfOneMomentMayArriveInAnyOrder) {
  Quota quota{PaceOptions()};
  quota.settle(send_all(quota, start, 1).front(), answered(reading(600, 599, 100ms)), start);
  for (auto now = start; now < start + 5s; now += 200ms) (void)send_all(quota, now, 1);  // the burst may grow
  const auto burst = send_all(quota, start + 10s);
  ASSERT_GT(burst.size(), 300u);
  // The last that was sent was the first to arrive, so much seems to be left.
  quota.settle(burst.back(), answered(reading(600, 599, 100ms)), start + 10s + 100ms);
  EXPECT_LE(send_all(quota, start + 10s + 100ms).size(), 2u);
}

TEST(Quota, TellsAFixedMinuteFromABucketByItsEnd) {
  Quota quota{PaceOptions()};
  for (int second = 0; second < 20; ++second) {
    const auto now = start + second * 1s;
    quota.settle(send_all(quota, now, 1).front(), answered(reading(600, 599 - second, 60s - second * 1s)), now);
  }
  EXPECT_NEAR(static_cast<double>(send_all(quota, start + 20s).size()), 580, 1);
  Reservation reservation;
  const auto answer = quota.admit(demand(), reservation, start + 21s);
  EXPECT_GE(answer.ask_again, start + 60s - 1ms);  // nothing fills before
  EXPECT_LE(answer.ask_again, start + 60s + 10ms);
  EXPECT_NEAR(static_cast<double>(send_all(quota, start + 60s + 10ms).size()), 600, 1);
}

// Azure and Cerebras charge prompt + max_tokens on arrival.
TEST(Quota, LearnsThatTheMostIsChargedUpFront) {
  const auto calls_a_minute = [](double charged) {
    Quota quota{PaceOptions()};
    double level = 60'000;
    std::size_t sent = 0;
    auto now = start, filled = start;
    while (now < start + 240s) {
      Reservation reservation;
      const auto reply = quota.admit(demand(), reservation, now);
      if (!reply.admitted) {
        now = reply.ask_again;
        continue;
      }
      level = std::min(60'000.0, level + 1'000 * std::chrono::duration<double>(now - filled).count()) - charged;
      filled = now;
      if (now >= start + 180s) ++sent;
      Attempt attempt;
      attempt.limits.tokens = reading(60'000, std::max(0.0, level));
      attempt.input_tokens = 100;
      attempt.output_tokens = 50;
      quota.settle(reservation, attempt, now);
    }
    return static_cast<double>(sent);
  };
  EXPECT_NEAR(calls_a_minute(300), 200, 10);
  EXPECT_NEAR(calls_a_minute(150), 400, 20);
}

TEST(Quota, AnotherClientOfTheSameKeyIsSeenInWhatRemains) {
  Quota quota{PaceOptions()};
  const auto first = send_all(quota, start, 2);
  quota.settle(first[0], answered(reading(600, 599)), start);
  quota.settle(first[1], answered(reading(600, 3)), start);
  EXPECT_LE(send_all(quota, start).size(), 2u);
}

TEST(Quota, AfterARefusalNobodySendsBeforeTheServerSays) {
  Quota quota{PaceOptions()};
  const auto sent = send_all(quota, start, 2);
  quota.settle(sent[0], refused(7s), start);
  quota.settle(sent[1], refused(3s), start);
  Reservation reservation;
  const auto answer = quota.admit(demand(), reservation, start + 1s);
  EXPECT_FALSE(answer.admitted);
  EXPECT_EQ(answer.by, LimitedBy::server);
  EXPECT_GE(answer.ask_again, start + 7s);
  EXPECT_LT(answer.ask_again, start + 7s + 1ms);
}

TEST(Quota, LimitsThatOnlyRefusalsTellAreNotBelieved) {
  const auto told = [](const Attempt& first, const Attempt& second) {
    Quota quota{PaceOptions()};
    const auto sent = send_all(quota, start, 2);
    quota.settle(sent[0], first, start);
    quota.settle(sent[1], second, start);
    return quota.requests_allowed_per_minute();
  };
  auto refusal = refused();
  refusal.limits.requests = reading(60, 0, 60s);
  EXPECT_EQ(told(answered(), refusal), 0);
  EXPECT_EQ(told(refusal, answered()), 0) << "believed until an answer says nothing";
  EXPECT_EQ(told(refusal, refusal), 60);
  EXPECT_EQ(told(refusal, answered(reading(60, 0, 60s))), 60);
  EXPECT_EQ(told(answered(reading(60, 59, 1s)), refusal), 60);
}

TEST(Quota, AnAbsurdWaitEndsAfterADay) {
  Quota quota{PaceOptions()};
  quota.settle(send_all(quota, start, 1).front(), refused(nanoseconds::max()), start);
  Reservation reservation;
  EXPECT_LE(quota.admit(demand(), reservation, start).ask_again, start + 24h + 1ms);
}

TEST(Quota, OverloadIsNotItsMatter) {
  Quota quota{PaceOptions()};
  auto attempt = refused(7s);
  attempt.result = Result::overloaded;
  quota.settle(send_all(quota, start, 1).front(), attempt, start);
  EXPECT_EQ(send_all(quota, start, 10).size(), 10u);
}

TEST(Quota, ARefusalThatWasNotForeseenShowsSlices) {
  Quota quota{PaceOptions()};
  quota.settle(send_all(quota, start, 1).front(), answered(reading(6'000, 5'999)), start);
  time_point now = start;
  std::vector<Reservation> burst;
  for (; burst.size() < 200; now += 10ms) {
    for (const auto& r : send_all(quota, now)) burst.push_back(r);
  }
  quota.settle(burst.back(), refused(), now);
  EXPECT_NEAR(static_cast<double>(sent_in(quota, now, 1s)), 1, 1);  // what is left of the slice
  std::size_t most_at_once = 0;
  for (auto t = now + 1s; t < now + 3s; t += 10ms) most_at_once = std::max(most_at_once, send_all(quota, t).size());
  EXPECT_LE(most_at_once, 3u);
  EXPECT_NEAR(static_cast<double>(sent_in(quota, now + 3s, 10s)), 997, 8);
}

TEST(Quota, RefusalsOfOneMomentAreOneEvent) {
  const auto allowed_after = [](std::size_t refusals) {
    Quota quota(requests_per_minute(6'000));
    time_point now = start;
    std::vector<Reservation> in_flight;
    for (; in_flight.size() < 50; now += 10ms) {
      for (const auto& r : send_all(quota, now)) in_flight.push_back(r);
    }
    for (std::size_t i = 0; i < refusals; ++i) quota.settle(in_flight[i], refused(), now);
    return quota.requests_allowed_per_minute();
  };
  EXPECT_DOUBLE_EQ(allowed_after(1), allowed_after(50));
  EXPECT_GT(allowed_after(50), 0.99 * 6'000);
}

TEST(Quota, ARefusalWhenNextToNothingIsLeftChangesNoRate) {
  Quota quota{PaceOptions()};
  const auto first = send_all(quota, start, 3);
  quota.settle(first[0], answered(reading(600, 1)), start);
  quota.settle(first[1], refused(), start);
  EXPECT_DOUBLE_EQ(quota.requests_allowed_per_minute(), 600);
}

TEST(Quota, TokensAreSetAsideThenSettledByUse) {
  PaceOptions options;
  options.tokens_per_minute = 60'000;
  Quota quota(options);
  Attempt used;
  used.input_tokens = 100;
  used.output_tokens = 100;
  (void)sent_in(quota, start, 60s, used);
  // 1,000 a second at 200 a call.
  EXPECT_NEAR(static_cast<double>(sent_in(quota, start + 60s, 60s, used)), 300, 6);
  EXPECT_NEAR(quota.tokens_used_per_minute(start + 120s), 60'000, 6'000);
}

TEST(Quota, AFailedCallGivesItsTokensBack) {
  PaceOptions options;
  options.tokens_per_day = 3'000;
  Quota quota(options);
  const auto sent = send_all(quota, start);  // 300 each: 100 by bytes, and max_tokens
  EXPECT_EQ(sent.size(), 10u);
  Attempt failed;
  failed.result = Result::not_sent;
  for (const auto& reservation : sent) quota.settle(reservation, failed, start);
  EXPECT_EQ(send_all(quota, start).size(), 10u);
}

TEST(Quota, AnExhaustedDayParksAndSaysUntilWhen) {
  PaceOptions options;
  options.requests_per_day = 100;
  Quota quota(options);
  EXPECT_EQ(send_all(quota, start).size(), 100u);
  Reservation reservation;
  const auto answer = quota.admit(demand(), reservation, start + 1h);
  EXPECT_FALSE(answer.admitted);
  EXPECT_EQ(answer.by, LimitedBy::requests);
  EXPECT_GE(answer.ask_again, start + 24h - 1s);
  EXPECT_LE(answer.ask_again, start + 24h + 1s);
  EXPECT_EQ(send_all(quota, start + 24h + 1s).size(), 100u);
}

// Groq: x-ratelimit-limit-requests is a day's.
TEST(Quota, InfersTheDayFromSuccessiveReadings) {
  Quota quota{PaceOptions()};
  time_point now = start;
  for (int used = 1; used <= 5; ++used, now += 100ms) {
    const auto reset = nanoseconds(used * 6s) - (now - start);
    quota.settle(send_all(quota, now, 1).front(), answered(reading(14'400, 14'400 - used, reset)), now);
  }
  EXPECT_EQ(quota.requests_allowed_per_minute(), 0);  // nothing is known of the minute
  EXPECT_NEAR(static_cast<double>(send_all(quota, now, 20'000).size()), 14'395, 10);
  Reservation reservation;
  EXPECT_GT(quota.admit(demand(), reservation, now).ask_again, now + 1s);
}

// A provider without headers that refuses what is above 10 a second, in a bucket of a minute.
struct SilentBucket {
  explicit SilentBucket(double requests_per_second) : rate(requests_per_second), level(60 * requests_per_second) {}

  bool accepts(time_point now) {
    level = std::min(60 * rate, level + rate * std::chrono::duration<double>(now - at).count());
    at = now;
    if (level < 1) return false;
    level -= 1;
    return true;
  }

  double rate;
  double level;
  time_point at = start;
};

struct Counts {
  double accepted = 0;
  double refused = 0;
};

// Each call's answer or refusal comes after a tenth of a second.
Counts run(Quota& quota, SilentBucket& provider, time_point from, nanoseconds length) {
  struct Coming {
    Reservation reservation;
    bool accepted;
  };
  std::multimap<time_point, Coming> coming;
  Counts counts;
  for (auto now = from; now < from + length; now += 5ms) {
    for (; !coming.empty() && coming.begin()->first <= now; coming.erase(coming.begin())) {
      const auto& call = coming.begin()->second;
      quota.settle(call.reservation, call.accepted ? answered() : refused(), now);
    }
    for (const auto& reservation : send_all(quota, now, 5)) {
      const bool accepted = provider.accepts(now);
      (accepted ? counts.accepted : counts.refused) += 1;
      coming.emplace(now + 100ms, Coming{reservation, accepted});
    }
  }
  for (const auto& [when, call] : coming) quota.settle(call.reservation, answered(), from + length);
  return counts;
}

TEST(Quota, FindsARateThatNobodyTells) {
  Quota quota{PaceOptions()};
  SilentBucket provider(10);
  (void)run(quota, provider, start, 60s);
  const auto counts = run(quota, provider, start + 60s, 300s);
  EXPECT_TRUE(quota.knows_rate());
  EXPECT_GE(counts.accepted, 0.98 * 3'000);
  EXPECT_LE(counts.refused, 0.01 * 3'000);
}

TEST(Quota, FollowsALimitThatIsHalvedOrDoubledInSilence) {
  for (const double factor : {0.5, 2.0}) {
    Quota quota{PaceOptions()};
    SilentBucket provider(10);
    (void)run(quota, provider, start, 120s);
    provider.rate *= factor;
    (void)run(quota, provider, start + 120s, 180s);
    const auto counts = run(quota, provider, start + 300s, 120s);
    EXPECT_GE(counts.accepted, 0.95 * 1'200 * factor) << factor;
  }
}

TEST(Quota, AProviderThatRefusesEverythingIsAskedSeldomAndComesBackAtOnce) {
  Quota quota{PaceOptions()};
  SilentBucket provider(10);
  (void)run(quota, provider, start, 60s);
  provider.rate = 0;
  provider.level = 0;
  const auto closed = run(quota, provider, start + 60s, 120s);
  EXPECT_EQ(closed.accepted, 0);
  EXPECT_LE(closed.refused, 60);
  provider.rate = 10;
  const auto open = run(quota, provider, start + 180s, 90s);
  EXPECT_GE(open.accepted, 450);
}

}  // namespace
}  // namespace headway::pace
