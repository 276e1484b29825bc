#include "config/price_table.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include <headway/error.hpp>

#include "config/provider.hpp"
#include "config/published_prices.hpp"
#include "config/published_prices_table.hpp"
#include "temporary_file.hpp"

namespace headway::config {
namespace {

using test::TemporaryFile;

constexpr auto file_name = "model_prices_and_context_window.json";

// Entries of the table of litellm 1.109.1, shortened.
constexpr auto table = R"({
    "gpt-4o-mini": {
        "cache_read_input_token_cost": 7.5e-08,
        "cache_read_input_token_cost_priority": 1.25e-07,
        "input_cost_per_token": 1.5e-07,
        "input_cost_per_token_batches": 7.5e-08,
        "input_cost_per_token_priority": 2.5e-07,
        "litellm_provider": "openai",
        "max_input_tokens": 128000,
        "mode": "chat",
        "output_cost_per_token": 6e-07,
        "output_cost_per_token_batches": 3e-07,
        "output_cost_per_token_priority": 1e-06,
        "search_context_cost_per_query": {"search_context_size_high": 0.025, "search_context_size_low": 0.025},
        "supports_function_calling": true
    },
    "o3": {
        "cache_read_input_token_cost": 5e-07,
        "cache_read_input_token_cost_flex": 2.5e-07,
        "input_cost_per_token": 2e-06,
        "input_cost_per_token_flex": 1e-06,
        "output_cost_per_token": 8e-06,
        "output_cost_per_token_flex": 4e-06
    },
    "perplexity/sonar-deep-research": {
        "input_cost_per_token": 2e-06,
        "output_cost_per_reasoning_token": 3e-06,
        "output_cost_per_token": 8e-06
    },
    "gpt-5.4": {
        "cache_read_input_token_cost": 2.5e-07,
        "cache_read_input_token_cost_above_272k_tokens": 5e-07,
        "cache_read_input_token_cost_above_272k_tokens_priority": 1e-06,
        "cache_creation_input_token_cost_above_12hr_above_100k_tokens": 1,
        "input_cost_per_token": 2.5e-06,
        "input_cost_per_token_above_272k_tokens": 5e-06,
        "input_cost_per_token_above_272k_tokens_priority": 1e-05,
        "input_cost_per_token_priority": 5e-06,
        "output_cost_per_token": 1.5e-05,
        "output_cost_per_token_above_272k_tokens": 2.25e-05,
        "output_cost_per_token_priority": 3e-05
    },
    "text-embedding-3-small": {"input_cost_per_token": 2e-08, "output_cost_per_token": 0.0, "mode": "embedding"},
    "whisper-1": {"input_cost_per_second": 0.0001, "output_cost_per_second": 0.0001},
    "free": {"input_cost_per_token": 0, "output_cost_per_token": 0, "cache_read_input_token_cost": null},
    "negative": {"input_cost_per_token": -1e-06, "output_cost_per_token": 1e-06},
    "per-thousand": {"input_cost_per_token": 0.15, "output_cost_per_token": 0.6},
    "wordy": {"input_cost_per_token": "cheap", "output_cost_per_token": 1e-06}
})";

std::int64_t per_million(Money price) {
  return (price * 1'000'000).picodollars() / 1'000'000;  // millionths of a dollar
}

Prices found(std::string_view name) {
  const TemporaryFile file(file_name, table);
  return prices_in_file(file.path(), name).value();
}

std::string fault_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::configuration);
    return error.info().message;
  }
  ADD_FAILURE() << "no error";
  return {};
}

std::string fault_in(const std::string& json, std::string_view name = "m") {
  const TemporaryFile file("prices.json", json);
  auto message = fault_of([&] { prices_in_file(file.path(), name); });
  const auto path = file.path().string();
  const auto at = message.find(path);
  EXPECT_NE(at, std::string::npos) << message;
  return at == std::string::npos ? message : message.replace(at, path.size(), "prices.json");
}

TEST(PriceTable, ReadsAModelsPricesByToken) {
  const auto prices = found("gpt-4o-mini");
  EXPECT_EQ(per_million(prices.standard.in), 150'000);
  EXPECT_EQ(per_million(prices.standard.cached_in), 75'000);
  EXPECT_EQ(per_million(prices.standard.out), 600'000);
  EXPECT_EQ(per_million(prices.standard.reasoning), 600'000) << "as the rest of the answer";
}

TEST(PriceTable, ReadsTheServiceTiersThatHavePrices) {
  const auto mini = found("gpt-4o-mini");
  EXPECT_FALSE(mini.tiers.contains("flex"));
  EXPECT_EQ(per_million(mini.of("priority", 1).in), 250'000);
  EXPECT_EQ(per_million(mini.of("priority", 1).cached_in), 125'000);
  EXPECT_EQ(per_million(mini.of("priority", 1).out), 1'000'000);
  EXPECT_EQ(per_million(mini.of("flex", 1).out), 600'000) << "without a price of its own, the standard one";
  const auto o3 = found("o3");
  EXPECT_EQ(per_million(o3.of("flex", 1).cached_in), 250'000);
  EXPECT_EQ(per_million(o3.of("default", 1).cached_in), 500'000);
}

TEST(PriceTable, LongPromptsHavePricesOfTheirOwn) {
  const auto prices = found("gpt-5.4");
  EXPECT_EQ(per_million(prices.of("", 272'000).in), 2'500'000);
  EXPECT_EQ(per_million(prices.of("", 272'001).in), 5'000'000);
  EXPECT_EQ(per_million(prices.of("", 272'001).cached_in), 500'000);
  EXPECT_EQ(per_million(prices.of("", 272'001).out), 22'500'000);
  EXPECT_EQ(per_million(prices.of("priority", 272'001).in), 10'000'000);
  EXPECT_EQ(per_million(prices.of("priority", 272'001).out), 30'000'000) << "what is not said costs as in others";
  EXPECT_EQ(per_million(found("o3").of("flex", 1'000'000).in), 1'000'000);
}

TEST(PriceTable, WhatIsNotCachedApartCostsAsMuchAsTheRest) {
  const auto prices = found("perplexity/sonar-deep-research");
  EXPECT_EQ(per_million(prices.standard.cached_in), 2'000'000);
  EXPECT_EQ(per_million(prices.standard.reasoning), 3'000'000);
}

TEST(PriceTable, AnEmbeddingHasNoAnswerToPayFor) {
  const TemporaryFile file("prices.json", R"({"e": {"input_cost_per_token": 1e-7, "mode": "embedding"},
      "c": {"input_cost_per_token": 1e-7, "mode": "chat"}})");
  const auto prices = prices_in_file(file.path(), "e").value();
  EXPECT_EQ(per_million(prices.standard.in), 100'000);
  EXPECT_EQ(per_million(prices.standard.out), 0);
  EXPECT_FALSE(prices_in_file(file.path(), "c"));
}

TEST(PriceTable, WritesToTheCacheHaveTheirPrice) {
  const TemporaryFile file("prices.json", R"({"m": {"input_cost_per_token": 1e-6, "output_cost_per_token": 5e-6,
      "cache_creation_input_token_cost": 1.5e-6, "cache_creation_input_token_cost_above_1hr": 3e-6},
      "plain": {"input_cost_per_token": 1e-6, "output_cost_per_token": 5e-6}})");
  const auto prices = prices_in_file(file.path(), "m").value();
  EXPECT_EQ(per_million(prices.standard.write()), 1'500'000);
  EXPECT_EQ(per_million(prices.standard.write_1h()), 3'000'000);
  const auto plain = prices_in_file(file.path(), "plain").value();
  EXPECT_EQ(per_million(plain.standard.write()), 1'250'000);
  EXPECT_EQ(per_million(plain.standard.write_1h()), 2'000'000);
}

TEST(PriceTable, ZeroIsAPrice) {
  EXPECT_EQ(found("free").standard.in, Money());
  EXPECT_EQ(per_million(found("text-embedding-3-small").standard.in), 20'000);
}

TEST(PriceTable, AModelThatIsAbsentOrNotPricedByTokenHasNone) {
  const TemporaryFile file(file_name, table);
  EXPECT_FALSE(prices_in_file(file.path(), "gpt-4o"));
  EXPECT_FALSE(prices_in_file(file.path(), "gpt-4o-mini-2024"));
  EXPECT_FALSE(prices_in_file(file.path(), "whisper-1"));
}

TEST(PriceTable, SaysFromWhichDayItIs) {
  const TemporaryFile file(file_name, table);
  const std::chrono::sys_seconds day = std::chrono::sys_days(std::chrono::year(2026) / 3 / 9) + std::chrono::hours(23);
  std::filesystem::last_write_time(file.path(), std::chrono::file_clock::from_sys(day));
  EXPECT_EQ(prices_in_file(file.path(), "o3").value().source, "model_prices_and_context_window.json of 2026-03-09");
}

TEST(PriceTable, AFileThatIsNoneIsAnErrorThatNamesIt) {
  EXPECT_EQ(fault_of([] { prices_in_file("/nowhere/prices.json", "m"); }),
            "the price file /nowhere/prices.json cannot be read: No such file or directory");
  for (const char* json : {"", "[]", "prices", "{", R"({"m": 5})", R"({"m": {"input_cost_per_token")"}) {
    EXPECT_EQ(fault_in(json), "the price file prices.json is no JSON object of models with prices (looking for 'm')")
        << json;
  }
  EXPECT_EQ(fault_in(table, "wordy"),
            "the price file prices.json is no JSON object of models with prices (looking for 'wordy')");
}

TEST(PriceTable, APriceThatMakesNoSenseIsAnError) {
  EXPECT_EQ(
      fault_in(table, "negative"),
      "the price file prices.json is wrong: input_cost_per_token, for a million tokens, is -1; it must be from 0 to "
      "100000");
  EXPECT_EQ(
      fault_in(table, "per-thousand"),
      "the price file prices.json is wrong: input_cost_per_token, for a million tokens, is 150000; it must be from 0 "
      "to 100000");
}

TEST(Prices, AreThoseThatAreSet) {
  PriceOptions options;
  EXPECT_FALSE(prices_of(options, "localhost", "m"));
  options.in = 0.15;
  options.out = 0.6;
  const auto prices = prices_of(options, "localhost", "m").value();
  EXPECT_EQ(per_million(prices.standard.in), 150'000);
  EXPECT_EQ(per_million(prices.standard.cached_in), 150'000);
  EXPECT_EQ(per_million(prices.standard.out), 600'000);
  EXPECT_EQ(per_million(prices.standard.reasoning), 600'000);
  EXPECT_EQ(prices.source, "the configuration");
  options.cached_in = 0;
  EXPECT_EQ(prices_of(options, "localhost", "m").value().standard.cached_in, Money());
}

TEST(Prices, ThatAreSetWinOverTheFiles) {
  const TemporaryFile file(file_name, table);
  PriceOptions options;
  options.file = file.path();
  EXPECT_EQ(per_million(prices_of(options, "localhost", "o3").value().of("flex", 1).out), 4'000'000);
  options.out = 10;
  const auto prices = prices_of(options, "localhost", "o3").value();
  EXPECT_EQ(per_million(prices.standard.in), 2'000'000);
  EXPECT_EQ(per_million(prices.standard.out), 10'000'000);
  EXPECT_TRUE(prices.tiers.empty()) << "half of a price that no longer holds";
  EXPECT_TRUE(prices.source.starts_with("the configuration and model_prices_and_context_window.json of "))
      << prices.source;
  EXPECT_FALSE(prices_of(options, "localhost", "mystery")) << "only half a price";
}

TEST(Prices, OfAModelMayStandUnderAnotherName) {
  const TemporaryFile file(file_name, table);
  PriceOptions options;
  options.file = file.path();
  EXPECT_FALSE(prices_of(options, "localhost", "sonar-deep-research"));
  options.name_in_file = "perplexity/sonar-deep-research";
  EXPECT_TRUE(prices_of(options, "localhost", "sonar-deep-research"));
}

TEST(Prices, ThatMakeNoSenseAreErrors) {
  PriceOptions half;
  half.in = 1;
  EXPECT_EQ(fault_of([&] { prices_of(half, "", "m"); }), "prices.in is set and prices.out is not; 0 is a price too");
  PriceOptions negative;
  negative.in = negative.out = -0.5;
  EXPECT_EQ(fault_of([&] { prices_of(negative, "", "m"); }), "prices.in is -0.5; it must be from 0 to 100000");
}

TEST(Prices, ArePublishedForTheProvidersOwnHostAlone) {
  const PriceOptions none;
  const auto prices = prices_of(none, "api.openai.com", "gpt-4o-mini").value();
  EXPECT_GT(prices.standard.in, Money());
  EXPECT_LT(prices.standard.cached_in, prices.standard.in);
  EXPECT_EQ(prices.source, "published prices of " + std::string(published_on()));
  for (const auto* host : {"localhost", "127.0.0.1", "", "api.groq.com", "api.openai.com.example.com"}) {
    EXPECT_FALSE(prices_of(none, host, "gpt-4o-mini")) << host;
  }
  EXPECT_FALSE(prices_of(none, "api.openai.com", "gpt-4o-mini-2099-01-01"));
  EXPECT_FALSE(prices_of(none, "api.openai.com", ""));
}

TEST(Prices, ThatArePublishedYieldToThoseThatAreSet) {
  PriceOptions options;
  options.cached_in = 0;
  EXPECT_EQ(prices_of(options, "api.openai.com", "gpt-4o-mini").value().standard.cached_in, Money());
  options.in = 7;
  options.out = 8;
  const auto prices = prices_of(options, "api.openai.com", "gpt-4o-mini").value();
  EXPECT_EQ(prices.source, "the configuration");
  EXPECT_EQ(per_million(prices.of("priority", 1'000'000).in), 7'000'000);
}

TEST(Prices, ThatArePublishedStandInForAModelThatTheFileLacks) {
  const TemporaryFile file("prices.json",
                           R"({"gpt-4o-mini": {"input_cost_per_token": 1, "output_cost_per_token": 1}})");
  const TemporaryFile other("prices.json", R"({"m": {"input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6}})");
  PriceOptions options;
  options.file = other.path();
  EXPECT_TRUE(prices_of(options, "api.openai.com", "gpt-4o-mini").value().source.starts_with("published"));
  EXPECT_TRUE(prices_of(options, "api.openai.com", "m").value().source.starts_with("prices.json"));
  options.name_in_file = "not-there";
  EXPECT_FALSE(prices_of(options, "api.openai.com", "gpt-4o-mini")) << "the name was said, and is none";
}

TEST(Prices, OfAnotherServersModelAreThoseOfTheNameThatIsSaid) {
  PriceOptions options;
  options.name_in_file = "openai/gpt-4o-mini";
  EXPECT_EQ(prices_of(options, "localhost", "mine").value(), published_prices("openai/gpt-4o-mini"));
  options.name_in_file = "gpt-4o-mini";
  EXPECT_FALSE(prices_of(options, "api.openai.com", "gpt-4o-mini"));
}

TEST(Prices, OfATunedModelAreThoseOfItsBase) {
  const auto tuned = published_prices_at("api.openai.com", "ft:gpt-4o-mini-2024-07-18:me::1").value();
  EXPECT_EQ(tuned, published_prices("openai/ft:gpt-4o-mini-2024-07-18"));
  EXPECT_EQ(published_prices_at("generativelanguage.googleapis.com", "models/gemini-2.5-flash"),
            published_prices("gemini/gemini-2.5-flash"));
  EXPECT_TRUE(published_prices("gemini/gemini-2.5-flash"));
}

TEST(Prices, OfBatchesHaveTheirTier) {
  const auto prices = published_prices("anthropic/claude-haiku-4-5").value();
  EXPECT_LT(prices.of("batch", 1).in, prices.of("standard", 1).in);
}

TEST(PublishedPrices, AreReadWholeEachOnceInOrder) {
  std::string_view last;
  for (const auto& entry : published_entries()) {
    EXPECT_LT(last, entry.name);
    last = entry.name;
    const auto prices = published_prices(entry.name);
    ASSERT_TRUE(prices) << entry.name;
    EXPECT_GT(prices->standard.in, Money()) << entry.name << ": no price is no 0";
    EXPECT_GE(prices->standard.in, prices->of("batch", 1).in) << entry.name;
  }
  EXPECT_GT(published_entries().size(), 300U);
}

TEST(HostOf, IsInSmallLettersWithoutItsPort) {
  EXPECT_EQ(host_of("https://API.openai.com/v1"), "api.openai.com");
  EXPECT_EQ(host_of("https://api.openai.com:443"), "api.openai.com");
  EXPECT_EQ(host_of("https://api.openai.com?key=1"), "api.openai.com");
  EXPECT_EQ(host_of("http://[::1]:8080/v1"), "::1");
  EXPECT_EQ(host_of("https://api.openai.com@example.com/"), "api.openai.com@example.com") << "which is no host";
  EXPECT_EQ(host_of("api.openai.com"), "");
}

}  // namespace
}  // namespace headway::config
