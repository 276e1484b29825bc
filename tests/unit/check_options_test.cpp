#include "config/check_options.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>

#include <headway/error.hpp>

#include "../support/environment.hpp"
#include "config/environment.hpp"

namespace headway::config {
namespace {

std::string fault(const std::function<void(RouteOptions&)>& change) {
  RouteOptions options;
  EXPECT_NO_THROW(check(options));
  change(options);
  try {
    check(options);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::configuration);
    return error.info().message;
  }
  return {};
}

TEST(CheckOptions, ALimitThatMakesNoSenseIsNamed) {
  EXPECT_EQ(fault([](auto& options) { options.limits.requests_per_minute = 0.5; }), "");
  EXPECT_EQ(fault([](auto& options) { options.limits.requests_per_minute = -1; }),
            "limits.requests_per_minute is -1; it must be from 0 to 1000000000000");
  EXPECT_EQ(fault([](auto& options) { options.limits.tokens_per_day = 1e13; }),
            "limits.tokens_per_day is 10000000000000; it must be from 0 to 1000000000000");
  EXPECT_NE(fault([](auto& options) { options.limits.output_tokens_per_minute = std::nan(""); }), "");
  EXPECT_NE(fault([](auto& options) { options.limits.max_concurrency = static_cast<std::size_t>(-1); }), "");
}

TEST(CheckOptions, AShareIsAFractionAndNeverZero) {
  EXPECT_EQ(fault([](auto& options) { options.limits.share = 0.5; }), "");
  EXPECT_EQ(fault([](auto& options) { options.limits.share = 50; }),
            "limits.share is 50; it must be above 0 and at the most 1");
  EXPECT_EQ(fault([](auto& options) { options.limits.share = 0; }),
            "limits.share is 0; it must be above 0 and at the most 1");
}

TEST(CheckOptions, WeightsAndPricesToo) {
  EXPECT_EQ(fault([](auto& options) { options.weight = 0; }),
            "weight is 0; it must be above 0 and at the most 1000000");
  EXPECT_EQ(fault([](auto& options) { options.prices.in = 1; }),
            "prices.in is set and prices.out is not; 0 is a price too");
}

TEST(CheckOptions, CapsOfAClient) {
  ClientOptions options;
  options.max_cost = -1;
  EXPECT_THROW(check(options), Error);
  options.max_cost = 5;
  options.max_total_tokens = -1;
  EXPECT_THROW(check(options), Error);
  options.max_total_tokens = 1'000'000'000;
  EXPECT_NO_THROW(check(options));
}

TEST(CheckOptions, SeveralEndpointsTakeThePlaceOfTheOne) {
  LanguageModelOptions options;
  options.endpoints.resize(2);
  EXPECT_NO_THROW(check(options));
  options.endpoints[1].weight = -1;
  EXPECT_THROW(check(options), Error) << "each is checked";
  options.endpoints[1].weight = 2;
  options.base_url = "https://llm.example.com/v1";
  EXPECT_THROW(check(options), Error);
}

TEST(Environment, OneOfSeveralEndpointsGetsNoKeyOfAnotherHost) {
  const test::EnvironmentVariable url("OPENAI_BASE_URL", "https://one.example.com/v1");
  const test::EnvironmentVariable key("OPENAI_API_KEY", "sk-one");
  const test::EnvironmentVariable organization("OPENAI_ORG_ID", "org-one");
  RouteOptions elsewhere;
  elsewhere.base_url = "http://127.0.0.1:8080/v1";
  EXPECT_EQ(with_environment(elsewhere).api_key, "");
  EXPECT_EQ(with_environment(elsewhere).organization, "");

  RouteOptions keyed;
  keyed.api_key = "sk-two";
  EXPECT_EQ(with_environment(keyed).base_url, "https://api.openai.com/v1")
      << "not the environment's, whose key is another";

  RouteOptions usual;
  usual.model = "m";
  usual.weight = 3;
  const auto filled = with_environment(usual);
  EXPECT_EQ(filled.base_url, "https://one.example.com/v1");
  EXPECT_EQ(filled.api_key, "sk-one");
  EXPECT_EQ(filled.organization, "org-one");
  EXPECT_EQ(filled.model, "m");
  EXPECT_EQ(filled.weight, 3);
}

}  // namespace
}  // namespace headway::config
