#include "pace/spend.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace headway::pace {
namespace {

constexpr auto endpoint = "api.example.com/v1";

Price price(double in, double cached_in, double out) {
  Price result;
  result.in = Money::of_dollars(in / 1e6);
  result.cached_in = Money::of_dollars(cached_in / 1e6);
  result.out = result.reasoning = Money::of_dollars(out / 1e6);
  return result;
}

// gpt-4o-mini's: dollars per million tokens.
Prices prices() {
  Prices result;
  result.standard = TierPrices(price(0.15, 0.075, 0.60));
  result.tiers["priority"] = TierPrices(price(0.25, 0.125, 1.00));
  return result;
}

Usage usage(std::int64_t in, std::int64_t out, std::int64_t cached = 0, std::int64_t reasoning = 0) {
  Usage result;
  result.prompt_tokens = in;
  result.completion_tokens = out;
  result.cached_tokens = cached;
  result.reasoning_tokens = reasoning;
  return result;
}

SpendCaps cost_cap(double dollars) {
  SpendCaps caps;
  caps.cost = Money::of_dollars(dollars);
  return caps;
}

SpendCaps token_cap(std::int64_t tokens) {
  SpendCaps caps;
  caps.tokens = tokens;
  return caps;
}

/// A call of 1,000 tokens in and 1,000 out: $0.00075.
constexpr SpendEstimate a_call{1000, 1000};
constexpr double its_cost = 0.00075;

Spend::Hold admitted(Spend& spend, Spend::Account account, const SpendEstimate& estimate = a_call) {
  Spend::Hold hold;
  EXPECT_EQ(spend.reserve(account, estimate, hold), Spend::Answer::admitted);
  return hold;
}

Spend::Answer asked(Spend& spend, Spend::Account account, const SpendEstimate& estimate = a_call) {
  Spend::Hold hold;
  return spend.reserve(account, estimate, hold);
}

TEST(Money, SumsOfAMillionAreExact) {
  Money sum;
  for (int i = 0; i < 1'000'000; ++i) sum += Money::of_dollars(0.1);
  EXPECT_EQ(sum, Money::of_dollars(100'000));
}

TEST(Money, TheLeastPriceOfATokenIsAboveZero) {
  EXPECT_EQ(Money::of_dollars(1.3e-10).picodollars(), 130);
  EXPECT_EQ(Money::of_dollars(1e-20).picodollars(), 1);
  EXPECT_EQ(Money::of_dollars(0), Money());
}

TEST(Money, StaysAtItsEndsRatherThanOverflow) {
  const auto most = Money::of_dollars(1e300);
  EXPECT_EQ(most + most, most);
  EXPECT_EQ(most * 1'000'000, most);
  EXPECT_EQ(Money() - most - most, Money::of_dollars(-1e300));
}

TEST(Spend, CountsTokensAndCostByEndpointAndModel) {
  Spend spend;
  const auto mini = spend.open(endpoint, "mini", prices());
  const auto other = spend.open("elsewhere/v1", "mini", prices());
  EXPECT_EQ(spend.open(endpoint, "mini", prices()), mini);
  spend.settle(admitted(spend, mini), usage(1000, 500, 400, 200), "default");
  spend.settle(admitted(spend, mini), usage(1000, 500), "default");
  spend.settle(admitted(spend, other), usage(10, 20), "");

  ASSERT_EQ(spend.rows().size(), 2u);
  const auto& row = spend.rows()[mini];
  EXPECT_EQ(row.endpoint, endpoint);
  EXPECT_EQ(row.model, "mini");
  ASSERT_EQ(row.tiers.size(), 1u);
  EXPECT_EQ(row.tiers[0].calls, 2);
  EXPECT_EQ(row.tiers[0].estimated, 0);
  EXPECT_EQ(row.tiers[0].usage.prompt_tokens, 2000);
  EXPECT_EQ(row.tiers[0].usage.cached_tokens, 400);
  EXPECT_EQ(row.tiers[0].usage.completion_tokens, 1000);
  EXPECT_EQ(row.tiers[0].usage.reasoning_tokens, 200);
  // 1,600 at 0.15, 400 from the cache at 0.075 and 1,000 at 0.60 a million.
  EXPECT_EQ(row.tiers[0].cost, Money::of_dollars(0.00087));
  EXPECT_EQ(spend.rows()[other].tiers[0].usage.total_tokens, 30);
  EXPECT_EQ(spend.tokens(), 3030);
  EXPECT_EQ(spend.tokens_in_flight(), 0);
  EXPECT_EQ(spend.cost_in_flight(), Money());
}

TEST(Spend, KeepsWhatOneModelCostsByTwoPricesApart) {
  Spend spend;
  auto dearer = prices();
  dearer.standard = TierPrices(price(15, 7.5, 60));
  const auto unpriced = spend.open(endpoint, "mini", std::nullopt);
  const auto mini = spend.open(endpoint, "mini", prices());
  EXPECT_EQ(mini, unpriced) << "its price has become known";
  const auto dear = spend.open(endpoint, "mini", dearer);
  EXPECT_NE(dear, mini);
  EXPECT_EQ(spend.settle(admitted(spend, mini), usage(1000, 1000), ""), Money::of_dollars(its_cost));
  EXPECT_EQ(spend.settle(admitted(spend, dear), usage(1000, 1000), ""), Money::of_dollars(100 * its_cost));
}

TEST(Spend, CountsServiceTiersApartAndAtTheirPrices) {
  Spend spend;
  const auto account = spend.open(endpoint, "mini", prices());
  spend.settle(admitted(spend, account), usage(1000, 1000), "default");
  spend.settle(admitted(spend, account), usage(1000, 1000), "priority");
  spend.settle(admitted(spend, account), usage(1000, 1000), "flex");  // has no price of its own
  const auto& tiers = spend.rows()[account].tiers;
  ASSERT_EQ(tiers.size(), 3u);
  EXPECT_EQ(tiers[0].cost, Money::of_dollars(its_cost));
  EXPECT_EQ(tiers[1].cost, Money::of_dollars(0.00125));
  EXPECT_EQ(tiers[2].cost, Money::of_dollars(its_cost));
}

TEST(Spend, TheProvidersOwnSumHolds) {
  Spend spend;
  const auto priced = spend.open(endpoint, "mini", prices()), unpriced = spend.open(endpoint, "other", std::nullopt);
  EXPECT_EQ(spend.settle(admitted(spend, priced), usage(1000, 1000), "", Money::of_dollars(3)), Money::of_dollars(3));
  EXPECT_EQ(spend.settle(admitted(spend, priced), usage(1000, 1000), "", Money()), Money::of_dollars(its_cost))
      << "who does not know says 0 too";
  EXPECT_EQ(spend.settle(admitted(spend, unpriced), usage(1, 1), "", Money()), Money());
  EXPECT_EQ(spend.rows()[unpriced].tiers[0].unpriced, 0);
  EXPECT_EQ(spend.settle(admitted(spend, unpriced), usage(1, 1), ""), std::nullopt);
  EXPECT_EQ(spend.rows()[unpriced].tiers[0].unpriced, 1);
  EXPECT_EQ(spend.cost(), Money::of_dollars(3 + its_cost));
}

TEST(Spend, ReasoningMayHaveItsOwnPrice) {
  auto dear = prices();
  dear.standard.reasoning = Money::of_dollars(2 / 1e6);
  Spend spend(cost_cap(0.00214));
  const auto account = spend.open(endpoint, "mini", dear);
  EXPECT_EQ(asked(spend, account), Spend::Answer::cap_reached) << "all of the answer may be reasoning: 0.00215";
  spend.settle(admitted(spend, account, {1000, 900}), usage(1000, 900, 0, 100), "");
  EXPECT_EQ(spend.cost(), Money::of_dollars(0.00083));
}

TEST(Spend, TiersWithoutNumberEndUpInOne) {
  Spend spend;
  const auto account = spend.open(endpoint, "mini", prices());
  for (int i = 0; i < 100; ++i) spend.settle(admitted(spend, account), usage(1, 1), "tier " + std::to_string(i));
  const auto& tiers = spend.rows()[account].tiers;
  ASSERT_EQ(tiers.size(), 8u);
  EXPECT_EQ(tiers.back().service_tier, "other");
  EXPECT_EQ(tiers.back().calls, 93);
}

TEST(Spend, ACapOnMoneyCountsWhatIsInFlight) {
  Spend spend(cost_cap(3 * its_cost));
  const auto account = spend.open(endpoint, "mini", prices());
  const auto first = admitted(spend, account), second = admitted(spend, account), third = admitted(spend, account);
  EXPECT_EQ(asked(spend, account), Spend::Answer::wait);
  spend.settle(first, usage(1000, 1000), "");
  EXPECT_EQ(asked(spend, account), Spend::Answer::wait) << "two thirds are held, one is spent";
  spend.settle(second, usage(1000, 100), "");
  spend.give_back(third);
  const auto last = admitted(spend, account);
  EXPECT_EQ(asked(spend, account), Spend::Answer::wait) << "the last may use less than it holds";
  spend.settle(last, usage(1000, 1000), "");
  EXPECT_EQ(asked(spend, account), Spend::Answer::cap_reached);
}

TEST(Spend, NoCapIsPassedWhateverTheOrder) {
  const auto cap = Money::of_dollars(100.5 * its_cost);
  Spend spend(cost_cap(100.5 * its_cost));
  const auto account = spend.open(endpoint, "mini", prices());
  std::vector<Spend::Hold> in_flight;
  for (int ended = 0; ended < 1000;) {
    Spend::Hold hold;
    const auto answer = spend.reserve(account, a_call, hold);
    if (answer == Spend::Answer::admitted) in_flight.push_back(hold);
    EXPECT_LE(spend.cost() + spend.cost_in_flight(), cap);
    if (answer == Spend::Answer::admitted && in_flight.size() < 40) continue;
    if (in_flight.empty()) break;
    spend.settle(in_flight.back(), usage(1000, ended++ % 1000), "");
    in_flight.pop_back();
  }
  EXPECT_LE(spend.cost(), cap);
  EXPECT_GT(spend.cost(), cap - Money::of_dollars(its_cost)) << "what is left is less than a call";
}

TEST(Spend, ACapOnTokensNeedsNoPrice) {
  Spend spend(token_cap(5000));
  const auto account = spend.open(endpoint, "local", std::nullopt);
  const auto first = admitted(spend, account), second = admitted(spend, account);
  EXPECT_EQ(asked(spend, account), Spend::Answer::wait);
  spend.settle(first, usage(1000, 1000), "");
  EXPECT_EQ(asked(spend, account, {1000, 2001}), Spend::Answer::cap_reached);
  EXPECT_EQ(asked(spend, account), Spend::Answer::wait) << "fits only if the second gives something back";
  spend.settle(second, usage(900, 100), "");
  admitted(spend, account);
  const auto error = spend.refusal(account, {1000, 2001});
  EXPECT_EQ(error.kind(), ErrorKind::quota_exhausted);
  EXPECT_EQ(error.info().message, "max_total_tokens is reached: 3000 of 5000 are used, and this call may use 3001");
}

TEST(Spend, ACapIsForAllEndpointsTogether) {
  Spend spend(cost_cap(1.5 * its_cost));
  spend.settle(admitted(spend, spend.open(endpoint, "mini", prices())), usage(1000, 1000), "");
  const auto other = spend.open("elsewhere/v1", "mini", prices());
  EXPECT_EQ(asked(spend, other), Spend::Answer::cap_reached);
  const auto error = spend.refusal(other, a_call);
  EXPECT_EQ(error.kind(), ErrorKind::quota_exhausted);
  EXPECT_EQ(error.info().message,
            "max_cost is reached: $0.00075 of $0.001125 are spent, and this call may cost $0.00075");
}

TEST(Spend, ACapBelowOneCallIsAMistakeInTheConfiguration) {
  Spend spend(cost_cap(0.0005));
  const auto account = spend.open(endpoint, "mini", prices());
  EXPECT_EQ(asked(spend, account), Spend::Answer::cap_reached);
  const auto error = spend.refusal(account, a_call);
  EXPECT_EQ(error.kind(), ErrorKind::configuration);
  EXPECT_EQ(error.info().message,
            "max_cost is $0.0005, and one call to mini may cost $0.00075: raise max_cost, or lower max_tokens");

  Spend few(token_cap(1999));
  const auto local = few.open(endpoint, "local", std::nullopt);
  EXPECT_EQ(asked(few, local), Spend::Answer::cap_reached);
  EXPECT_EQ(few.refusal(local, a_call).kind(), ErrorKind::configuration);
  EXPECT_EQ(
      few.refusal(local, a_call).info().message,
      "max_total_tokens is 1999, and one call to local may use 2000: raise max_total_tokens, or lower max_tokens");
}

TEST(Spend, ACapOnMoneyWithoutAPriceIsAnErrorAndNeverZero) {
  Spend spend(cost_cap(1));
  try {
    spend.open(endpoint, "mystery", std::nullopt);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::configuration);
    EXPECT_EQ(error.info().message,
              "max_cost is set, and the price of mystery at api.example.com/v1 is not known: set its prices, or a file "
              "of prices that has it");
  }
  const auto free = spend.open(endpoint, "free", Prices());
  EXPECT_EQ(asked(spend, free), Spend::Answer::admitted) << "a price of zero is a price";
}

TEST(Spend, OnceATierWasDearerCallsAreHeldAtItsPrice) {
  Spend spend(cost_cap(2 * its_cost));
  const auto account = spend.open(endpoint, "mini", prices());
  spend.settle(admitted(spend, account), usage(1, 1), "priority");
  const auto hold = admitted(spend, account);
  EXPECT_EQ(hold.cost, Money::of_dollars(0.00125));
  EXPECT_EQ(asked(spend, account), Spend::Answer::wait);
}

TEST(Spend, WhatNobodyToldCountsAsItsEstimate) {
  Spend spend;
  const auto account = spend.open(endpoint, "mini", prices());
  spend.settle_unknown(admitted(spend, account));
  const auto& tally = spend.rows()[account].tiers.at(0);
  EXPECT_EQ(tally.estimated, 1);
  EXPECT_EQ(tally.usage.total_tokens, 2000);
  EXPECT_EQ(spend.cost(), Money::of_dollars(its_cost));
}

TEST(Spend, SenselessCountsOfAServerHarmNoSum) {
  Spend spend;
  const auto account = spend.open(endpoint, "mini", prices());
  spend.settle(admitted(spend, account), usage(-5, -7, -1, -1), "");
  EXPECT_EQ(spend.tokens(), 0);
  spend.settle(admitted(spend, account), usage(10, 10, 1000, 1000), "");
  EXPECT_EQ(spend.rows()[account].tiers[0].usage.cached_tokens, 10);
  for (int i = 0; i < 1000; ++i) {
    spend.settle(admitted(spend, account), usage(INT64_MAX, INT64_MAX), "");
  }
  EXPECT_GT(spend.cost(), Money());
  EXPECT_EQ(spend.tokens(), 2'000'000'000'020);
}

}  // namespace
}  // namespace headway::pace
