#include <gtest/gtest.h>

#include <string>

#include <fmt/format.h>
#include <boost/json.hpp>

#include <headway/error.hpp>

#include "job/report/advice.hpp"
#include "job/report/failures.hpp"

namespace headway::job {
namespace {

std::string line(int number, std::string_view code, std::string_view message, std::string_view more = "") {
  return fmt::format(
      R"({{"id": "row-{0}", "custom_id": "c{0}", "response": null, "error": {{"code": "{1}", "message": )"
      R"("{2}", "attempts": 1{3}}}, "line": {0}}})",
      number, code, message, more);
}

TEST(Blurred, MakesAlikeWhatDiffersFromRowToRow) {
  EXPECT_EQ(blurred("Limit 200000, Used 199,312, Requested 1204. Please try again in 1.5s."),
            "Limit #, Used #, Requested #. Please try again in #.");
  EXPECT_EQ(blurred("request req_0a1b2c3d4e5f failed on org-8Xk2mQ9w1zZ"), "request # failed on #");
  EXPECT_EQ(blurred("The model 'gpt-4o' has a limit; id \"af3e-2291-bc\""), "The model 'gpt-4o' has a limit; id \"…\"");
  EXPECT_EQ(blurred("isn't it"), "isn't it");
  EXPECT_EQ(blurred("it says 'a text that is longer than what may be shown of it here'"), "it says '…'");
  EXPECT_EQ(blurred("an 'open quote"), "an 'open quote");
  EXPECT_EQ(blurred("日本語 のエラー 12345"), "日本語 のエラー #");
  EXPECT_EQ(blurred("a\n\xFF b"), "a   b");
  EXPECT_EQ(blurred(""), "");
  EXPECT_LE(blurred(std::string(100'000, 'x')).size(), 200u);
}

TEST(Failures, GroupsByKindAndMessage) {
  Failures failures;
  for (int i = 1; i <= 5; ++i) {
    failures.add_line(line(i, "rate_limited", fmt::format("try again in {} ms", i * 100), R"(, "maybe_billed": true)"));
  }
  failures.add_line(line(6, "rate_limited", "the queue is full"));
  failures.add_line(line(7, "unusable", "cut", R"(, "verdict": "cut")") + "\n");
  failures.add_line("\n");
  failures.add_line(R"({"custom_id": "x", "error": {"code)");
  failures.add_line(R"({"custom_id": "x", "error": null})");
  const auto groups = failures.groups();
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[0].kind, "rate_limited");
  EXPECT_EQ(groups[0].message, "try again in 100 ms") << "as the first of them says";
  EXPECT_EQ(groups[0].count, 5u);
  EXPECT_EQ(groups[0].maybe_billed, 5u);
  ASSERT_EQ(groups[0].examples.size(), 3u);
  EXPECT_EQ(groups[0].examples[2].custom_id, "c3");
  EXPECT_EQ(groups[0].examples[2].line, 3u);
  EXPECT_EQ(failures.rows(), 7u);
  EXPECT_EQ(failures.unreadable_lines(), 2u);
  EXPECT_EQ(failures.by_kind().at("rate_limited"), 6u);
}

TEST(Failures, ShowsTheProvidersWords) {
  Failures failures;
  failures.add_line(R"({"custom_id": "a", "line": 3, "response": {"status_code": 400, "request_id": "", "body":
      {"error": {"message": "max_tokens is too large: 90000"}}}, "error": {"code": "bad_request", "message": "refused"}})");
  const auto group = failures.groups().front();
  EXPECT_EQ(group.message, "max_tokens is too large: 90000");
  EXPECT_EQ(group.status, 400);
  const auto text = failures.text();
  EXPECT_NE(text.find("1 row  bad_request, HTTP 400"), std::string::npos) << text;
  EXPECT_NE(text.find(std::string(advice_for("bad_request"))), std::string::npos);
}

TEST(Failures, HaveABound) {
  Failures failures;
  for (int i = 0; i < 1000; ++i) {
    const auto word = std::string(1, static_cast<char>('a' + i % 26)) + static_cast<char>('a' + i / 26 % 26) +
                      static_cast<char>('a' + i / 676);
    failures.add_line(line(i + 1, "server", "no " + word));
    failures.add_line(line(i + 1, "kind" + word, "m"));
  }
  EXPECT_EQ(failures.groups().size(), Failures::most_groups);
  EXPECT_EQ(failures.rows(), 2000u);
  EXPECT_EQ(failures.rows_in_no_group(), 2000u - Failures::most_groups);
  EXPECT_LE(failures.by_kind().size(), 100u);
  EXPECT_NE(failures.text().find("1,800 rows with other messages"), std::string::npos);
  const auto json = boost::json::parse(failures.json());
  EXPECT_EQ(json.at("groups").as_array().size(), Failures::most_groups);
  EXPECT_EQ(json.at("rows").to_number<int>(), 2000);
}

TEST(Failures, OfNothingSayThat) {
  EXPECT_EQ(Failures().text(), "no failed rows\n");
}

TEST(Advice, IsThereForEveryKind) {
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::exception); ++kind) {
    EXPECT_FALSE(advice_for(to_string(static_cast<ErrorKind>(kind))).empty());
  }
  EXPECT_NE(advice_for("cut"), advice_for("no such kind"));
}

}  // namespace
}  // namespace headway::job
