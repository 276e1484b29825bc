#include "job/run/quantity.hpp"

#include <gtest/gtest.h>

#include "refusal.hpp"

namespace headway::job {
namespace {

using namespace std::chrono_literals;
using test::refusal;

TEST(Quantity, ABudgetIsMoneyOrTokens) {
  EXPECT_EQ(budget_of("20usd").dollars, 20);
  EXPECT_EQ(budget_of("$0.5").dollars, 0.5);
  EXPECT_EQ(budget_of("5Mtok").tokens, 5'000'000);
  EXPECT_EQ(budget_of("1.5ktok").tokens, 1'500);
}

TEST(Quantity, ABudgetThatIsNoneIsRefused) {
  for (const auto* text :
       {"", "20", "usd", "-5usd", "0usd", "20eur", "$5tok", "nanusd", "infusd", "1e30tok", "2e6usd", "1000 tokens"}) {
    EXPECT_NE(refusal([&] { budget_of(text); }).find("20usd or 5Mtok"), std::string::npos) << text;
  }
}

TEST(Quantity, ADurationHasAUnitOrIsInSeconds) {
  EXPECT_EQ(duration_of("--deadline", "90"), 90s);
  EXPECT_EQ(duration_of("--deadline", "1.5s"), 1500ms);
  EXPECT_EQ(duration_of("--deadline", "15m"), 15min);
  EXPECT_EQ(duration_of("--deadline", "8h"), 8h);
  EXPECT_EQ(duration_of("--deadline", "2d"), 48h);
}

TEST(Quantity, ADurationThatIsNoneIsRefused) {
  for (const auto* text : {"", "h", "0", "-1s", "5 minutes", "nan", "1000d"}) {
    EXPECT_NE(refusal([&] { duration_of("--deadline", text); }).find("--deadline"), std::string::npos) << text;
  }
}

TEST(Quantity, FailuresAreRowsOrAShare) {
  EXPECT_EQ(max_failures_of("0").rows, 0u);
  EXPECT_EQ(max_failures_of("100").rows, 100u);
  EXPECT_EQ(max_failures_of("5%").share, 0.05);
  for (const auto* text : {"", "-1", "1.5", "101%", "x", "%"}) {
    EXPECT_NE(refusal([&] { max_failures_of(text); }).find("--max-failures"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace headway::job
