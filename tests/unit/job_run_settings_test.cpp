#include "job/run/run_settings.hpp"

#include <gtest/gtest.h>

#include <set>

#include "job/run/run_setup.hpp"
#include "job/run/saved_run.hpp"
#include "refusal.hpp"
#include "temporary_file.hpp"

namespace headway::job {
namespace {

using test::refusal;

testing::AssertionResult has(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "no \"" << part << "\" in: " << text;
}

TEST(RunSettings, EachHasOneNameAndSaysWhatItDoes) {
  std::set<std::string_view> names;
  for (const auto& setting : run_settings()) {
    EXPECT_TRUE(names.insert(setting.name).second) << setting.name;
    EXPECT_EQ(setting.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), std::string_view::npos) << setting.name;
    EXPECT_FALSE(setting.about.empty() || setting.group.empty()) << setting.name;
    for (const auto other : setting.excludes) EXPECT_NE(find_setting(other), nullptr) << setting.name;
  }
}

TEST(RunSettings, ValuesGoIntoTheOptions) {
  const auto setup = run_setup({{"max-tokens", "5"},
                                {"temperature", "0.5"},
                                {"sample-seed", "18446744073709551615"},
                                {"columns", "id,topic"},
                                {"columns", "n"},
                                {"timeout", "0.0101"},
                                {"http", "2"},
                                {"format", "csv"},
                                {"rpm", "600"},
                                {"no-resend", ""}});
  const auto& options = setup.options;
  EXPECT_EQ(options.input.max_tokens, 5);
  EXPECT_EQ(options.input.temperature, 0.5);
  EXPECT_EQ(options.input.sample_seed, 18446744073709551615U);
  EXPECT_EQ(options.input.columns, (std::vector<std::string>{"id", "topic", "n"}));
  EXPECT_EQ(options.timeout, std::chrono::milliseconds(11));
  EXPECT_EQ(options.client.http, HttpVersion::http_2);
  EXPECT_EQ(options.form.select, Select::text);
  EXPECT_EQ(options.client.limits.requests_per_minute, 600);
  EXPECT_FALSE(options.resend);
}

TEST(RunSettings, AWrongValueIsRefusedByTheSettingsName) {
  EXPECT_TRUE(has(refusal([] {
                    run_setup({{"max-tokens", "0"}});
                  }),
                  "--max-tokens: 0 is not a number from 1 to 1000000000"));
  EXPECT_TRUE(has(refusal([] { run_setup({{"http", "3"}}); }), "--http: 3 is none of auto, 1.1, 2"));
  EXPECT_TRUE(has(refusal([] { run_setup({{"no-such", "3"}}); }), "--no-such"));
  EXPECT_TRUE(has(refusal([] { run_setup({{"fresh", ""}, {"keep-finished", ""}}); }), "not together"));
  for (const auto* wrong : {"", "nan", "inf", "many", "1e999", "1 ", "0x"}) {
    for (const auto* name : {"limit", "rpm", "temperature", "in-flight", "sample-seed"}) {
      EXPECT_TRUE(has(refusal([&] { run_setup({{name, wrong}}); }), "--" + std::string(name))) << wrong;
    }
  }
}

TEST(RunSettings, TheLastOfOneNameCounts) {
  const auto setup = run_setup({{"limit", "1"}, {"set", "seed=1"}, {"limit", "2"}, {"set", "seed=2"}});
  EXPECT_EQ(setup.options.input.limit, 2U);
  EXPECT_EQ(setup.options.input.set, (std::vector<std::string>{"seed=1", "seed=2"}));
  EXPECT_EQ(setup.options.shown.size(), 3U);
}

TEST(RunSettings, AJournalGivesBackWhatARetryNeeds) {
  const test::TemporaryFile prompt("prompt.txt", "@{{text}}\n");
  const auto named = "@" + prompt.path().string();
  const auto first = run_setup(
      {{"prompt", named}, {"system", "@@home"}, {"ordered", ""}, {"set", "seed=1"}, {"pilot", "3"}, {"quiet", ""}});
  EXPECT_EQ(first.options.input.prompt, "@{{text}}");
  const auto saved = saved_run("out.jsonl", first.options.saved);
  EXPECT_EQ(saved.given,
            (Given{{"input", ""}, {"prompt", "@@{{text}}"}, {"system", "@@home"}, {"ordered", ""}, {"set", "seed=1"}}));
  const auto again = run_setup(saved.given);
  EXPECT_EQ(again.options.input.prompt, "@{{text}}");
  EXPECT_EQ(again.options.input.system, "@home");
  EXPECT_TRUE(again.options.ordered);
}

TEST(RunSettings, AJournalOfANewerVersionIsRefused) {
  const auto* newer = R"({"format": "values", "directory": "/", "input": "a", "base_url": "", "config": "",
                          "flags": {"telepathy": []}})";
  EXPECT_TRUE(has(refusal([&] { saved_run("out.jsonl", newer); }), "does not know (--telepathy)"));
}

}  // namespace
}  // namespace headway::job
