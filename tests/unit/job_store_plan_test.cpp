#include "job/store/resume_plan.hpp"

#include <gtest/gtest.h>

#include "job_store_tools.hpp"

namespace headway::job {
namespace {

KnownRow known(const Row& row, RowState state = RowState::done) {
  KnownRow result;
  result.number = static_cast<std::int64_t>(row.number);
  result.content_hash = row.content_hash;
  result.request_hash = row.request_hash;
  result.id_hash = hash_of_id(row.custom_id);
  result.state = state;
  result.cost = Money::of_picodollars(7);
  return result;
}

std::vector<KnownRow> all_known(const std::vector<Row>& rows) {
  std::vector<KnownRow> result;
  for (const auto& row : rows) result.push_back(known(row));
  return result;
}

std::vector<Row> numbered(std::vector<Row> rows) {
  for (std::uint64_t i = 0; i < rows.size(); ++i) {
    rows[i].number = i;
    rows[i].line = i + 1;
    if (!rows[i].own_id) rows[i].custom_id = fmt::format("row-{}", i + 1);
  }
  return rows;
}

struct Planned {
  std::vector<FoundLine> found;
  ResumePlan plan;

  Planned(const std::vector<KnownRow>& before, const std::vector<Row>& now, const std::vector<SentRow>& sent = {},
          std::vector<FoundLine> lines = {})
      : found(std::move(lines)),
        plan(
            [before, at = std::size_t{0}]() mutable -> std::optional<KnownRow> {
              if (at == before.size()) return {};
              return before[at++];
            },
            sent, found) {
    plan.decide([&] {
      for (const auto& row : now) plan.add(row);
    });
  }
};

TEST(ResumePlan, AFirstRunSendsAll) {
  const Planned p({}, make_rows(3));
  EXPECT_EQ(p.plan.counts().fresh, 3u);
  EXPECT_EQ(p.plan.decision(2), Decision::fresh);
}

TEST(ResumePlan, WhereNothingIsKnownNoRowNeedsToBeAdded) {
  const auto row = make_rows(1).front();
  const auto none = [] { return std::optional<KnownRow>(); };
  const std::vector<FoundLine> nothing;
  ResumePlan plan(none, {}, nothing);
  EXPECT_TRUE(plan.knows_nothing());
  plan.decide([] {});
  EXPECT_EQ(plan.decision(0), Decision::fresh);
  const std::vector<SentRow> sent{{0, row.content_hash}};
  const std::vector<FoundLine> found(1);
  EXPECT_FALSE(ResumePlan([&] { return std::optional(known(row)); }, {}, {}).knows_nothing()) << "it has ended";
  EXPECT_FALSE(ResumePlan(none, sent, {}).knows_nothing()) << "it may have been sent";
  EXPECT_FALSE(ResumePlan(none, {}, found).knows_nothing()) << "the journal was lost";
}

TEST(ResumePlan, TheSameInputSendsWhatHasNotEnded) {
  const auto rows = make_rows(5);
  const Planned p({known(rows[0]), known(rows[1], RowState::failed), known(rows[3])}, rows,
                  {{2, rows[2].content_hash}});
  EXPECT_EQ(p.plan.decision(0), Decision::finished);
  EXPECT_EQ(p.plan.decision(1), Decision::failed);
  EXPECT_EQ(p.plan.decision(2), Decision::maybe_sent);
  EXPECT_EQ(p.plan.decision(3), Decision::finished);
  EXPECT_EQ(p.plan.decision(4), Decision::fresh);
  EXPECT_TRUE(p.plan.moves().empty());
}

TEST(ResumePlan, ARowThatMayHaveBeenSentSinceItEndedIsCounted) {
  const auto rows = make_rows(3);
  auto failed = known(rows[0], RowState::failed), done = known(rows[1]);
  failed.sent_again = done.sent_again = true;
  const Planned p({failed, done, known(rows[2])}, numbered({rows[1], rows[0], rows[2]}));
  EXPECT_EQ(p.plan.decision(0), Decision::finished);
  EXPECT_EQ(p.plan.decision(1), Decision::failed);
  EXPECT_EQ(p.plan.counts().maybe_sent_again, 2u);
  EXPECT_EQ(p.plan.counts().maybe_sent, 0u);
  ASSERT_EQ(p.plan.maybe_sent().size(), 2u) << "the next start must know it too";
  EXPECT_EQ(p.plan.maybe_sent()[0].content_hash, rows[1].content_hash);
}

TEST(ResumePlan, ReorderedRowsAreRecognised) {
  const auto rows = make_rows(4);
  const auto now = numbered({rows[3], rows[2], rows[1], rows[0]});
  const Planned p({known(rows[0]), known(rows[1])}, now, {{2, rows[2].content_hash}});
  EXPECT_EQ(p.plan.decision(3), Decision::finished);
  EXPECT_EQ(p.plan.decision(2), Decision::finished);
  EXPECT_EQ(p.plan.decision(1), Decision::maybe_sent) << "what may have been sent is recognised too";
  EXPECT_EQ(p.plan.decision(0), Decision::fresh);
  EXPECT_EQ(p.plan.counts().moved, 2u);
  EXPECT_EQ(p.plan.counts().changed, 0u);
  ASSERT_EQ(p.plan.maybe_sent().size(), 1u);
  EXPECT_EQ(p.plan.maybe_sent()[0].number, 1u);
}

TEST(ResumePlan, AnInsertedRowIsTheOnlyOneSent) {
  const auto rows = make_rows(100);
  std::vector<Row> now{make_row(0, "new")};
  now.insert(now.end(), rows.begin(), rows.end());
  const Planned p(all_known(rows), numbered(now));
  EXPECT_EQ(p.plan.counts().fresh, 1u);
  EXPECT_EQ(p.plan.counts().finished, 100u);
  EXPECT_EQ(p.plan.decision(0), Decision::fresh);
}

// As after a pilot: a known row in every hundred. Of the others a gigabyte was kept, for ten million.
TEST(ResumePlan, RowsThatWereNeverSentAreNotKept) {
  constexpr std::uint64_t rows = 1'000'000, sampled = 100;
  const auto row_at = [](std::uint64_t number, std::uint64_t content) {
    Row row;
    row.number = number;
    row.custom_id = std::to_string(number);
    row.content_hash = row.request_hash = content + 1;
    return row;
  };
  for (const std::uint64_t moved_by : {0u, 1u}) {
    const auto pilot = [&, at = std::uint64_t{0}]() mutable -> std::optional<KnownRow> {
      if (at >= rows) return {};
      const auto row = known(row_at(at, at));
      at += sampled;
      return row;
    };
    const std::vector<FoundLine> nothing;
    ResumePlan plan(pilot, {}, nothing);
    std::size_t most_held = 0;
    plan.decide([&] {
      for (std::uint64_t i = 0; i < moved_by; ++i) plan.add(row_at(i, rows + i));
      for (std::uint64_t i = 0; i < rows; ++i) plan.add(row_at(i + moved_by, i));
      most_held = std::max(most_held, plan.rows_held());
    });
    EXPECT_LE(most_held, moved_by * 3 * rows / sampled) << "a known row, where it stands now and where it stood";
    EXPECT_EQ(plan.counts().finished, rows / sampled);
    EXPECT_EQ(plan.counts().fresh, rows - rows / sampled + moved_by);
    EXPECT_EQ(plan.decision(sampled + moved_by), Decision::finished);
  }
}

TEST(ResumePlan, ADeletedRowIsGoneAndNothingIsSent) {
  auto rows = make_rows(100);
  const auto before = all_known(rows);
  rows.erase(rows.begin() + 40);
  const Planned p(before, numbered(rows));
  EXPECT_EQ(p.plan.counts().gone, 1u);
  EXPECT_EQ(p.plan.counts().finished, 99u);
  EXPECT_EQ(p.plan.counts().fresh + p.plan.counts().changed, 0u);
}

TEST(ResumePlan, ARowThatCameBackIsFinished) {
  const auto rows = make_rows(2);
  auto gone = known(rows[1]);
  gone.number = -1;
  const Planned p({gone, known(rows[0])}, rows);
  EXPECT_EQ(p.plan.counts().finished, 2u);
  ASSERT_EQ(p.plan.moves().size(), 1u);
  EXPECT_EQ(p.plan.moves()[0], (std::pair<std::int64_t, std::int64_t>(-1, 1)));
}

TEST(ResumePlan, AnEditedRowIsChangedAndItsCostIsKnown) {
  const auto rows = make_rows(5);
  auto now = rows;
  now[2] = make_row(2, "edited");
  const Planned p(all_known(rows), now);
  EXPECT_EQ(p.plan.decision(2), Decision::changed);
  EXPECT_EQ(p.plan.counts().changed, 1u);
  EXPECT_EQ(p.plan.counts().changed_by_settings, 0u);
  EXPECT_EQ(p.plan.counts().changed_cost.picodollars(), 7);
}

TEST(ResumePlan, AnEditedRowThatMovedIsFoundByItsId) {
  const std::vector<Row> rows{make_row(0, "a", "x"), make_row(1, "b", "y")};
  const Planned p(all_known(rows), {make_row(0, "new", "z"), make_row(1, "a", "x"), make_row(2, "edited", "y")});
  EXPECT_EQ(p.plan.decision(0), Decision::fresh);
  EXPECT_EQ(p.plan.decision(1), Decision::finished);
  EXPECT_EQ(p.plan.decision(2), Decision::changed);
  EXPECT_EQ(p.plan.counts().gone, 0u);
}

TEST(ResumePlan, AFailedRowThatWasEditedIsSentAgain) {
  const auto rows = make_rows(2);
  const Planned p({known(rows[0], RowState::failed), known(rows[1], RowState::failed)},
                  {make_row(0, "mended"), rows[1]});
  EXPECT_EQ(p.plan.decision(0), Decision::fresh);
  EXPECT_EQ(p.plan.decision(1), Decision::failed);
}

TEST(ResumePlan, OtherSettingsChangeAllThatIsDone) {
  const auto rows = make_rows(3);
  const Planned p({known(rows[0]), known(rows[1], RowState::failed)}, make_rows(3, 1));
  EXPECT_EQ(p.plan.decision(0), Decision::changed);
  EXPECT_EQ(p.plan.decision(1), Decision::failed);
  EXPECT_EQ(p.plan.decision(2), Decision::fresh);
  EXPECT_EQ(p.plan.counts().changed_by_settings, 1u);
}

TEST(ResumePlan, OtherSettingsAndAnotherOrder) {
  const auto rows = make_rows(3);
  const auto other = make_rows(3, 1);
  const Planned p(all_known(rows), numbered({other[2], other[0], other[1]}));
  EXPECT_EQ(p.plan.counts().changed, 3u);
  EXPECT_EQ(p.plan.counts().changed_by_settings, 3u);
  EXPECT_EQ(p.plan.counts().moved, 3u);
}

TEST(ResumePlan, DoubledContentsAreCounted) {
  std::vector<Row> rows;
  for (int i = 0; i < 10; ++i) rows.push_back(make_row(0, "same"));
  rows = numbered(rows);
  const Planned same({known(rows[0]), known(rows[4])}, rows, {{5, rows[5].content_hash}});
  EXPECT_EQ(same.plan.counts().finished, 2u);
  EXPECT_EQ(same.plan.counts().maybe_sent, 1u);
  EXPECT_EQ(same.plan.counts().fresh, 7u);
  const Planned fewer(all_known(rows), std::vector<Row>(rows.begin(), rows.begin() + 4));
  EXPECT_EQ(fewer.plan.counts().finished, 4u);
  EXPECT_EQ(fewer.plan.counts().gone, 6u);
}

TEST(ResumePlan, ABadRowStaysInvalidUntilItIsMended) {
  BadRow bad;
  bad.content_hash = 5;
  bad.custom_id = "row-1";
  KnownRow before;
  before.content_hash = 5;
  before.id_hash = hash_of_id("row-1");
  before.state = RowState::invalid;
  const auto source = [&] {
    return [left = std::vector{before}]() mutable -> std::optional<KnownRow> {
      if (left.empty()) return {};
      left.pop_back();
      KnownRow row;
      row.content_hash = 5;
      row.id_hash = hash_of_id("row-1");
      row.state = RowState::invalid;
      return row;
    };
  };
  const std::vector<FoundLine> none;
  ResumePlan still(source(), {}, none);
  EXPECT_EQ(still.decide([&] { still.add(bad); }).failed, 1u);
  ResumePlan mended(source(), {}, none);
  EXPECT_EQ(mended.decide([&] { mended.add(make_row(0, "good")); }).fresh, 1u);
}

TEST(ResumePlan, FoundLinesAreMatchedByIdAndLine) {
  const std::vector<Row> rows{make_row(0, "a"), make_row(1, "b", "own"), make_row(2, "c")};
  FoundLine first;
  first.id_hash = hash_of_id("row-1");
  first.line = 1;
  FoundLine moved;
  moved.id_hash = hash_of_id("own");
  moved.line = 9;
  FoundLine other;
  other.id_hash = hash_of_id("row-77");
  other.line = 77;
  other.offset = 500;
  const Planned p({}, rows, {}, {first, moved, other});
  EXPECT_EQ(p.plan.decision(0), Decision::finished);
  EXPECT_EQ(p.plan.decision(1), Decision::finished);
  EXPECT_EQ(p.plan.decision(2), Decision::fresh);
  EXPECT_EQ(p.plan.counts().gone, 1u);
  EXPECT_EQ(p.plan.matched()[1]->number, 1u);
  EXPECT_FALSE(p.plan.matched()[2]);
}

TEST(ResumePlan, AFoundLineOfADoubledIdIsNotThatOfTheFirst) {
  FoundLine done;
  done.id_hash = hash_of_id("own");
  done.line = 1;
  auto doubled = done;
  doubled.line = 2;
  doubled.file = OutputFile::errors;
  doubled.invalid = true;
  BadRow second;
  second.number = 1;
  second.line = 2;
  second.custom_id = "own";
  const std::vector<FoundLine> found{done, doubled};
  ResumePlan plan([] { return std::optional<KnownRow>(); }, {}, found);
  plan.decide([&] {
    plan.add(make_row(0, "a", "own"));
    plan.add(second);
  });
  EXPECT_EQ(plan.decision(0), Decision::finished);
  EXPECT_EQ(plan.decision(1), Decision::failed);
}

}  // namespace
}  // namespace headway::job
