#include "call/metrics.hpp"

#include <gtest/gtest.h>

namespace headway::call {
namespace {

ModelSpend spend_of_m() {
  ModelSpend spend;
  spend.endpoint = "host:443";
  spend.model = "m";
  spend.calls = 2;
  spend.usage.prompt_tokens = 7;
  return spend;
}

TEST(Metrics, HaveALineForEachModel) {
  auto other = spend_of_m();
  other.model = "n";
  const auto text = prometheus_text(ClientStats(), {spend_of_m(), other});
  EXPECT_NE(text.find("# TYPE headway_prompt_tokens_total counter\n"
                      "headway_prompt_tokens_total{endpoint=\"host:443\",model=\"m\",service_tier=\"\"} 7\n"
                      "headway_prompt_tokens_total{endpoint=\"host:443\",model=\"n\",service_tier=\"\"} 7\n"),
            std::string::npos)
      << text;
}

TEST(Metrics, EscapeWhatLabelsMustNotHave) {
  auto odd = spend_of_m();
  odd.model = "a\"b\\c\nd";
  EXPECT_NE(prometheus_text(ClientStats(), {odd}).find("model=\"a\\\"b\\\\c\\nd\""), std::string::npos);
}

TEST(Metrics, SayNoCostThatIsNotKnown) {
  EXPECT_EQ(prometheus_text(ClientStats(), {spend_of_m()}).find("headway_cost_dollars_total{"), std::string::npos);
  auto priced = spend_of_m();
  priced.cost = 0;
  EXPECT_NE(prometheus_text(ClientStats(), {priced}).find("headway_cost_dollars_total{"), std::string::npos);
}

}  // namespace
}  // namespace headway::call
