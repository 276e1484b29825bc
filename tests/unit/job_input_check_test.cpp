#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "job_input_tools.hpp"

namespace headway::job {
namespace {

using test::fault;
using test::Input;
using test::read_all;

std::string with_ids(const std::vector<std::string>& ids) {
  std::string text;
  for (const auto& id : ids) text += fmt::format("{{\"prompt\":\"p {0}\",\"custom_id\":\"{0}\"}}\n", id);
  return text;
}

std::string lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += fmt::format("row {}\n", i);
  return text;
}

std::vector<std::uint64_t> numbers_of(const InputSettings& settings) {
  std::vector<std::uint64_t> numbers;
  for (const auto& entry : read_all(settings, check_input(settings).whole)) {
    numbers.push_back(std::get<Row>(entry).number);
  }
  return numbers;
}

TEST(CheckInput, CountsAndKeepsTheFirstRows) {
  const Input input("a.jsonl",
                    "{\"prompt\":\"abc\"}\nx\n{\"prompt\":\"de\"}\n{\"prompt\":\"f\"}\n{\"prompt\":\"g\"}\n");
  const auto check = check_input(input.settings);
  EXPECT_EQ(check.file, "a.jsonl");
  EXPECT_EQ(check.rows, 5U);
  EXPECT_EQ(check.bad_rows, 1U);
  EXPECT_EQ(check.prompt_bytes, 7U);
  ASSERT_EQ(check.first_rows.size(), 3U);
  EXPECT_EQ(check.first_rows[2].line, 4U);
  ASSERT_EQ(check.first_bad.size(), 1U);
  EXPECT_EQ(check.first_bad[0].line, 2U);
}

TEST(CheckInput, KeepsTwentyBadRowsAndCountsTheRest) {
  std::string text;
  for (int i = 0; i < 50; ++i) text += "x\n";
  const auto check = check_input(Input("a.jsonl", text).settings);
  EXPECT_EQ(check.bad_rows, 50U);
  ASSERT_EQ(check.first_bad.size(), 20U);
  EXPECT_EQ(check.first_bad.back().line, 20U);
}

TEST(CheckInput, ADoubledIdIsABadRowThatNamesTheFirst) {
  const Input input("a.jsonl", with_ids({"a", "b", "a", "c", "b", "a", "d"}));
  const auto check = check_input(input.settings);
  EXPECT_EQ(check.rows, 7U);
  EXPECT_EQ(check.bad_rows, 3U);
  EXPECT_EQ(check.prompt_bytes, 4U * 3);
  ASSERT_EQ(check.first_bad.size(), 3U);
  EXPECT_EQ(check.first_bad[0].reason, "its custom_id stands in line 1 already");
  EXPECT_EQ(check.first_bad[1].reason, "its custom_id stands in line 2 already");
  EXPECT_EQ(check.first_bad[1].line, 5U);
  EXPECT_EQ(check.first_bad[2].custom_id, "a");
  const auto rows = read_all(input.settings, check.whole);
  ASSERT_EQ(rows.size(), 7U);
  for (const std::size_t bad : {2U, 4U, 5U}) EXPECT_TRUE(std::holds_alternative<BadRow>(rows[bad])) << bad;
  EXPECT_EQ(std::get<BadRow>(rows[5]).reason, check.first_bad[2].reason);
  for (const std::size_t good : {0U, 1U, 3U, 6U}) EXPECT_TRUE(std::holds_alternative<Row>(rows[good])) << good;
}

TEST(RowReader, RowsThatAreNotWantedChangeNothingForTheOthers) {
  const Input input("a.jsonl", with_ids({"a", "b", "a", "b", "c"}));
  RowReader reader(input.settings, check_input(input.settings).whole);
  const auto fourth = reader.next([](std::uint64_t number) { return number >= 3; });
  ASSERT_TRUE(fourth && std::holds_alternative<BadRow>(*fourth));
  EXPECT_EQ(std::get<BadRow>(*fourth).reason, "its custom_id stands in line 2 already");
  const auto fifth = reader.next();
  ASSERT_TRUE(fifth && std::holds_alternative<Row>(*fifth));
  EXPECT_EQ(std::get<Row>(*fifth).number, 4U);
  EXPECT_FALSE(reader.next());
}

TEST(CheckInput, OnlyTheSelectedRowsAreChecked) {
  Input input("a.jsonl", with_ids({"a", "b", "a"}));
  input.settings.limit = 2;
  const auto check = check_input(input.settings);
  EXPECT_EQ(check.rows, 2U);
  EXPECT_EQ(check.bad_rows, 0U);
  EXPECT_TRUE(check.whole.doubled.empty());
}

TEST(CheckInput, RowsOfThemselvesWithoutIdAreNoDoubles) {
  EXPECT_EQ(check_input(Input("a.txt", "x\nx\nx\n").settings).bad_rows, 0U);
}

TEST(CheckInput, AnInputWithoutRowsIsRefused) {
  EXPECT_EQ(fault(Input("a.txt", "").settings), "a.txt has no rows");
  EXPECT_EQ(fault(Input("a.jsonl", "\n\n").settings), "a.jsonl has no rows");
  EXPECT_EQ(fault(Input("a.csv", "").settings), "a.csv has no rows");
  EXPECT_EQ(fault(Input("a.csv", "prompt\n").settings), "a.csv has no rows");
}

TEST(CheckInput, TellsOfItsProgressAndCanBeStopped) {
  const Input input("a.txt", lines(25'000));
  std::vector<std::uint64_t> news;
  check_input(input.settings, [&](std::uint64_t rows) { news.push_back(rows); });
  EXPECT_EQ(news, (std::vector<std::uint64_t>{10'000, 20'000}));
  EXPECT_THROW(check_input(input.settings, [](std::uint64_t) { throw std::runtime_error("stop"); }),
               std::runtime_error);
}

TEST(CheckInput, ARowThatIsTooLargeIsBad) {
  Input input("a.txt", "1234567890\n123\n");
  input.settings.max_row_bytes = 9;
  const auto check = check_input(input.settings);
  ASSERT_EQ(check.bad_rows, 1U);
  EXPECT_EQ(check.first_bad[0].reason, "has more than 9 bytes");
}

TEST(Selection, ASampleIsTheSameEverywhere) {
  Input input("a.txt", lines(1000));
  input.settings.sample = 5;
  input.settings.sample_seed = 42;
  EXPECT_EQ(numbers_of(input.settings), (std::vector<std::uint64_t>{171, 215, 564, 718, 808}));
}

TEST(Selection, ASampleHasItsSizeAndIsInOrder) {
  Input input("a.txt", lines(300));
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    input.settings.sample = 7;
    input.settings.sample_seed = seed;
    const auto numbers = numbers_of(input.settings);
    EXPECT_EQ(numbers.size(), 7U);
    EXPECT_TRUE(std::ranges::is_sorted(numbers));
    EXPECT_EQ(std::ranges::adjacent_find(numbers), numbers.end());
  }
  input.settings.sample = 1000;
  EXPECT_EQ(numbers_of(input.settings).size(), 300U) << "no more than there are";
}

TEST(Selection, EveryRowIsAsLikely) {
  std::vector<int> taken(10);
  for (std::uint64_t seed = 0; seed < 10'000; ++seed) {
    InputSettings settings;
    settings.sample = 3;
    settings.sample_seed = seed;
    Selection selection(settings, taken.size());
    for (auto& count : taken) count += selection.takes_next();
  }
  for (const int count : taken) EXPECT_NEAR(count, 3000, 200);
}

TEST(Selection, ASampleIsOfTheRowsWithinTheLimit) {
  Input input("a.txt", lines(100));
  input.settings.limit = 10;
  EXPECT_EQ(numbers_of(input.settings).size(), 10U);
  input.settings.sample = 4;
  const auto numbers = numbers_of(input.settings);
  EXPECT_EQ(numbers.size(), 4U);
  EXPECT_LT(numbers.back(), 10U);
}

}  // namespace
}  // namespace headway::job
