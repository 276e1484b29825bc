#include "job/run/row_feed.hpp"

#include <gtest/gtest.h>

#include "temporary_file.hpp"

namespace headway::job {
namespace {

std::uint64_t number_of(const RowFeed::Item& item) {
  return std::visit([](const auto& row) { return row.number; }, item.entry);
}

class RowFeedTest : public testing::Test {
 protected:
  RowFeed feed(RowFeed::Treat treat = [](std::uint64_t) { return Treatment::send; }) {
    InputSettings settings;
    settings.path = file_.path();
    settings.format = InputFormat::lines;
    settings.prompt = "{{line}}";
    settings.model = "m";
    return RowFeed(RowReader(settings), std::move(treat));
  }

  test::TemporaryFile file_{"rows.txt", "a\nb\nc\nd\ne\n"};
};

TEST_F(RowFeedTest, GivesNoRowBeforeItsGroupMayBeSent) {
  auto rows = feed();
  EXPECT_EQ(rows.announce(3).size(), 3u);
  EXPECT_FALSE(rows.take());
  rows.allow(2);
  for (std::uint64_t number = 0; number < 3; ++number) EXPECT_EQ(number_of(rows.take().value()), number);
  EXPECT_FALSE(rows.take());
  EXPECT_FALSE(rows.done());
}

TEST_F(RowFeedTest, OneGroupIsAnnouncedWhileTheOtherIsTaken) {
  auto rows = feed();
  rows.announce(2);
  rows.allow(1);
  const auto next = rows.announce(2);
  EXPECT_EQ(next.front().number, 2u);
  EXPECT_TRUE(rows.take() && rows.take());
  EXPECT_FALSE(rows.take());
  EXPECT_EQ(rows.announced(), 2u);
}

TEST_F(RowFeedTest, EndsWithTheInput) {
  auto rows = feed();
  EXPECT_EQ(rows.announce(100).size(), 5u);
  EXPECT_TRUE(rows.read_all());
  EXPECT_FALSE(rows.done());
  rows.allow(4);
  while (rows.take()) {
  }
  EXPECT_TRUE(rows.done());
  EXPECT_TRUE(rows.announce(100).empty());
}

TEST_F(RowFeedTest, PassesOverWhatIsDone) {
  auto rows = feed([](std::uint64_t number) {
    return number == 1 ? Treatment::send : number == 3 ? Treatment::record_unsent : Treatment::skip;
  });
  EXPECT_EQ(rows.announce(2).size(), 2u);
  rows.allow(3);
  EXPECT_EQ(rows.take().value().treatment, Treatment::send);
  EXPECT_EQ(rows.take().value().treatment, Treatment::record_unsent);
  EXPECT_TRUE(rows.announce(2).empty());
  EXPECT_TRUE(rows.done());
}

}  // namespace
}  // namespace headway::job
