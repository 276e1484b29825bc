#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>

#include "job/store/journal_view.hpp"
#include "job_store_tools.hpp"

namespace headway::job {
namespace {

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

TEST(RunFiles, ARunThatEndedHasNothingToDo) {
  StoreWorld world;
  const auto rows = make_rows(100);
  EXPECT_EQ(world.run(rows).size(), 100u);
  EXPECT_EQ(world.durable, 100u);
  expect_whole(world.paths(), rows);
  EXPECT_TRUE(world.run(rows).empty());
  expect_whole(world.paths(), rows);
  EXPECT_FALSE(std::filesystem::exists(world.paths().lock));
}

TEST(RunFiles, AnOutputKeepsTheFlagsItWasBegunWith) {
  StoreWorld world;
  const auto rows = make_rows(3);
  world.options.flags = {{"select", "with --select batch"}, {"ordered", "without --ordered"}};
  world.run(rows);
  EXPECT_EQ(world.counts(rows).finished, 3u);
  world.options.flags[1].second = "with --ordered";
  const auto said = message_of([&] { world.counts(rows); });
  EXPECT_NE(said.find("begun without --ordered, and this start is with --ordered"), std::string::npos) << said;
  EXPECT_EQ(said.find("--select"), std::string::npos) << said;
  world.options.fresh = true;
  EXPECT_EQ(world.run(rows).size(), 3u);
}

TEST(RunFiles, FailedRowsGoToTheErrorsFile) {
  StoreWorld world;
  const auto rows = make_rows(20);
  world.run(rows, [](const Row& row) { return make_record(row, row.number % 4 ? RowState::done : RowState::failed); });
  EXPECT_EQ(lines_of(world.paths().errors).size(), 5u);
  EXPECT_EQ(world.counts(rows).failed, 5u);
  expect_whole(world.paths(), rows);
}

// What is torn is the last line of a commit that never came: the journal knows the first two rows.
TEST(RunFiles, ALastLineTornAtAnyByteIsCutOff) {
  const auto rows = make_rows(3);
  const auto last = make_record(rows[2]).text;
  for (std::size_t kept = 0; kept <= last.size(); ++kept) {
    StoreWorld world;
    world.run({rows[0], rows[1]});
    const auto before = text_of(world.paths().results);
    write_text(world.paths().results, before + last.substr(0, kept));
    ASSERT_EQ(world.counts(rows).fresh, 1u) << kept;
    EXPECT_EQ(world.run(rows), std::vector<std::uint64_t>{2});
    EXPECT_EQ(text_of(world.paths().results), before + last + "\n");
    expect_whole(world.paths(), rows);
  }
}

TEST(RunFiles, AWholeLineThatWasNotJournaledIsAdopted) {
  const auto rows = make_rows(3);
  for (const auto state : {RowState::done, RowState::failed, RowState::invalid}) {
    StoreWorld world;
    world.run({rows[0], rows[1]});
    const auto file = state == RowState::done ? world.paths().results : world.paths().errors;
    write_text(file, text_of(file) + make_record(rows[2], state).text + "\n");
    EXPECT_TRUE(world.run(rows).empty());
    expect_whole(world.paths(), rows);
    EXPECT_EQ(read_status(world.paths()).by_state.at(state), state == RowState::done ? 3u : 1u);
  }
}

TEST(RunFiles, ALineOfTheErrorsFileTornAtAnyByte) {
  const auto rows = make_rows(2);
  const auto line = make_record(rows[1], RowState::failed).text + "\n";
  for (std::size_t kept = 0; kept < line.size(); ++kept) {
    StoreWorld world;
    world.run({rows[0]});
    write_text(world.paths().errors, line.substr(0, kept));
    EXPECT_EQ(world.run(rows), std::vector<std::uint64_t>{1}) << kept;
    expect_whole(world.paths(), rows);
  }
}

// A machine that stopped may leave a file shorter than the journal says, at any byte.
TEST(RunFiles, AnOutputShorterThanJournaledLosesThoseRowsOnly) {
  const auto rows = make_rows(4);
  StoreWorld first;
  first.run(
      rows, [](const Row& row) { return make_record(row); }, 1);
  const auto text = text_of(first.paths().results);
  const auto one = make_record(rows[0]).text.size() + 1;
  for (std::size_t size = one; size < text.size(); ++size) {
    std::filesystem::copy_file(first.paths().results, first.paths().results.string() + ".kept",
                               std::filesystem::copy_options::overwrite_existing);
    write_text(first.paths().results, text.substr(0, size));
    const auto counts = first.counts(rows);
    ASSERT_EQ(counts.finished, size / one) << size;
    ASSERT_EQ(counts.lost, 4 - size / one) << size;
    EXPECT_EQ(text_of(first.paths().results).size(), size) << "nothing is touched before the run goes ahead";
  }
}

TEST(RunFiles, AHoleIsFoundWhereverALineHasIt) {
  const auto rows = make_rows(4);
  StoreWorld world;
  world.run(rows);
  const auto text = text_of(world.paths().results);
  const auto one = make_record(rows[0]).text.size() + 1;
  for (std::size_t at = one; at + 1 < 2 * one; ++at) {
    auto damaged = text;
    damaged[at] = '\0';
    write_text(world.paths().results, damaged);
    ASSERT_EQ(world.counts(rows).lost, 1u) << at;
  }
}

TEST(RunFiles, ADeletedOutputIsDoneAgainOnlyIfToldTo) {
  StoreWorld world;
  const auto rows = make_rows(10);
  world.run(rows);
  std::filesystem::remove(world.paths().results);
  EXPECT_EQ(world.counts(rows).lost, 10u);
  EXPECT_GT(world.counts(rows).changed_cost.picodollars(), 0);
  EXPECT_TRUE(world.run(rows).empty());
  EXPECT_EQ(world.counts(rows).lost, 10u) << "it still says so";
  world.again = Decision::lost;
  EXPECT_EQ(world.run(rows).size(), 10u);
  expect_whole(world.paths(), rows);
}

TEST(RunFiles, ADeletedJournalIsRebuilt) {
  StoreWorld world;
  const auto rows = make_rows(1000);
  world.run(rows, [](const Row& row) { return make_record(row, row.number % 4 ? RowState::done : RowState::failed); });
  std::filesystem::remove(world.paths().journal);
  {
    RunFiles files(world.options);
    EXPECT_TRUE(files.recovery().rebuilt);
    EXPECT_EQ(files.recovery().found.size(), 1000u);
  }
  EXPECT_EQ(world.counts(rows).failed, 250u) << "asked twice, the same answer";
  EXPECT_TRUE(world.run(rows).empty());
  expect_whole(world.paths(), rows);
  EXPECT_EQ(read_status(world.paths()).failed_by_kind.at("server"), 250u);
}

TEST(RunFiles, AForeignOutputIsNotTouched) {
  for (const std::string_view text :
       {"hello\n", "no line end", "{\"a\":1}\n", "[1]\n", "{\"custom_id\":\"x\"}\n", "{\"cus"}) {
    StoreWorld world;
    write_text(world.options.output, text);
    const auto message = message_of([&] { world.counts(make_rows(1)); });
    EXPECT_NE(message.find("results.jsonl was not written by this run"), message.npos) << message;
    EXPECT_NE(message.find("--fresh"), message.npos);
    EXPECT_EQ(text_of(world.options.output), text);
  }
}

TEST(RunFiles, AnotherFileInTheOutputsPlaceIsNotTouched) {
  StoreWorld world;
  const auto rows = make_rows(3);
  world.run(rows);
  for (const std::string& text : {std::string("short\n"), std::string(10'000, 'x') + "\n"}) {
    write_text(world.options.output, text);
    EXPECT_NE(message_of([&] { world.counts(rows); }), "");
    EXPECT_EQ(text_of(world.options.output), text);
  }
}

TEST(RunFiles, FreshMovesAllAside) {
  StoreWorld world;
  const auto rows = make_rows(3);
  world.run(rows, [](const Row& row) { return make_record(row, row.number ? RowState::done : RowState::failed); });
  const auto before = text_of(world.options.output);
  world.options.fresh = true;
  EXPECT_EQ(world.run(rows).size(), 3u);
  EXPECT_EQ(world.run(rows).size(), 3u);
  auto aside = world.options.output;
  EXPECT_EQ(text_of(aside += ".1"), before);
  EXPECT_EQ(read_status(StorePaths(aside)).by_state.at(RowState::done), 2u) << "the old run can still be looked at";
  EXPECT_TRUE(std::filesystem::exists(world.options.output.string() + ".2"));
}

TEST(RunFiles, ASecondRunIsRefusedAndToldWhoHoldsIt) {
  StoreWorld world;
  const RunFiles first(world.options);
  const auto message = message_of([&] { RunFiles second(world.options); });
  EXPECT_NE(message.find(fmt::format("process {} on ", ::getpid())), message.npos) << message;
}

TEST(RunFiles, AStaleLockIsNoObstacle) {
  StoreWorld world;
  write_text(world.paths().lock, "process 1 on elsewhere\n");
  EXPECT_EQ(world.run(make_rows(1)).size(), 1u);
}

TEST(RunFiles, WhatIsNoJournalIsSaidToBeNone) {
  StoreWorld world;
  write_text(world.paths().journal, std::string(5000, 'x'));
  EXPECT_NE(message_of([&] { RunFiles files(world.options); }).find("is not a journal of headway"), std::string::npos);
  std::filesystem::remove(world.paths().journal);
  {
    Database other(world.paths().journal.string(), world.paths().journal, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    other.execute("CREATE TABLE t(x)");
  }
  EXPECT_NE(message_of([&] { RunFiles files(world.options); }).find("is not a journal of headway"), std::string::npos);
}

TEST(RunFiles, AJournalOfALaterVersionIsRefused) {
  StoreWorld world;
  world.run(make_rows(1));
  Journal(world.paths().journal, Durability::process).database().execute("PRAGMA user_version = 99");
  EXPECT_NE(message_of([&] { RunFiles files(world.options); }).find("another version"), std::string::npos);
}

TEST(RunFiles, AReorderedInputGoesOnRight) {
  StoreWorld world;
  auto rows = make_rows(50);
  for (auto& row : rows) row = make_row(row.number, fmt::format("c{}", row.number), fmt::format("id{}", row.number));
  world.run({rows.begin(), rows.begin() + 30});
  std::ranges::reverse(rows);
  for (std::uint64_t i = 0; i < rows.size(); ++i) rows[i].number = i;
  EXPECT_EQ(world.run(rows).size(), 20u);
  expect_whole(world.paths(), rows);
  EXPECT_EQ(world.counts(rows).moved, 0u) << "the journal has the new order";
}

TEST(RunFiles, ARetriedRowLeavesTheErrorsFile) {
  StoreWorld world;
  const auto rows = make_rows(20);
  world.run(rows, [](const Row& row) { return make_record(row, row.number % 2 ? RowState::done : RowState::failed); });
  world.again = Decision::failed;
  world.store_options.tidy = true;
  EXPECT_EQ(world.run(rows).size(), 10u);
  EXPECT_EQ(text_of(world.paths().errors), "");
  expect_whole(world.paths(), rows);
}

TEST(RunFiles, CsvIsRecoveredByItsColumns) {
  StoreWorld world;
  world.options.form = LineForm::csv;
  world.options.header = "custom_id,line,text";
  const auto rows = make_rows(3);
  const auto end = [](const Row& row) {
    auto record = make_record(row);
    record.text = fmt::format("{},{},\"two\nlines, and \"\"quotes\"\"\"", row.custom_id, row.line);
    return record;
  };
  world.run({rows[0]}, end);
  const auto one = text_of(world.options.output);
  EXPECT_TRUE(one.starts_with("custom_id,line,text\nrow-1,1,"));
  const auto line = end(rows[1]).text + "\n";
  for (std::size_t kept = 0; kept < line.size(); ++kept) {
    write_text(world.options.output, one + line.substr(0, kept));
    EXPECT_EQ(world.counts({rows[0], rows[1]}).fresh, 1u) << kept;
  }
  write_text(world.options.output, one + line);
  EXPECT_EQ(world.run(rows, end), std::vector<std::uint64_t>{2});
  std::filesystem::remove(world.paths().journal);
  EXPECT_EQ(world.counts(rows).finished, 3u);
}

// One quote too many or too few makes one line of several.
TEST(RunFiles, AQuoteThatIsDamagedInCsvLosesItsOwnRowOnly) {
  StoreWorld world;
  world.options.form = LineForm::csv;
  world.options.header = "custom_id,line,text";
  const auto rows = make_rows(6);
  world.run(
      rows,
      [](const Row& row) {
        auto record = make_record(row);
        record.text = fmt::format("{},{},\"two\nlines\"", row.custom_id, row.line);
        return record;
      },
      1);
  const auto text = text_of(world.options.output);
  const auto third = text.find("row-3,"), fourth = text.find("row-4,");
  for (auto at = third; at < fourth; ++at) {
    for (const char damage : {'"', '\n', 'x', '\0'}) {
      if (text[at] == damage) continue;
      auto damaged = text;
      damaged[at] = damage;
      damaged.pop_back();  // so that it is seen that the file was edited
      damaged.pop_back();
      write_text(world.options.output, damaged);
      const auto counts = world.counts(rows);
      ASSERT_LE(counts.lost, 3u) << at << damage;
      ASSERT_GE(counts.finished, 3u) << at << damage;
    }
  }
}

TEST(RunFiles, ATextThatLooksLikeALineOfAnotherRowIsNone) {
  StoreWorld world;
  world.options.form = LineForm::csv;
  world.options.header = "custom_id,line,text";
  const auto rows = make_rows(4);
  world.run(
      rows,
      [](const Row& row) {
        auto record = make_record(row);
        record.text = fmt::format("{},{},\"it is\nrow-1,1,false\nrow-9,9,false\n\"", row.custom_id, row.line);
        return record;
      },
      1);
  auto damaged = text_of(world.options.output);
  damaged[damaged.find("\nrow-4,4") - 1] = 'x';
  write_text(world.options.output, damaged.substr(0, damaged.size() - 2));
  const RunFiles files(world.options);
  EXPECT_EQ(files.recovery().lost, (std::vector<std::int64_t>{2, 3}));
  EXPECT_TRUE(files.recovery().found.empty());
  EXPECT_TRUE(files.recovery().left.empty());
}

TEST(RunFiles, BodiesThatWereNotJournaledAreCutOffAndCounted) {
  StoreWorld world;
  world.options.form = LineForm::bodies;
  const auto rows = make_rows(2);
  const auto end = [](const Row& row) {
    auto record = make_record(row);
    record.text = R"({"object":"chat"})";
    return record;
  };
  world.run({rows[0]}, end);
  write_text(world.options.output, text_of(world.options.output) + "{\"object\":\"chat\"}\n{\"ob");
  {
    const RunFiles files(world.options);
    EXPECT_EQ(files.recovery().cut_lines, 1u);
    EXPECT_EQ(files.recovery().torn_bytes, 4u);
  }
  EXPECT_EQ(world.run(rows, end).size(), 1u);
  EXPECT_EQ(lines_of(world.options.output).size(), 2u);
}

TEST(ReadStatus, CountsWhileARunIsWriting) {
  StoreWorld world;
  const auto rows = make_rows(4);
  world.run(rows, [](const Row& row) {
    auto record = make_record(row, row.number ? RowState::done : RowState::failed);
    if (row.number == 1) record.verdict = Verdict::cut;
    return record;
  });
  RunFiles files(world.options);
  const auto status = read_status(world.paths());
  EXPECT_TRUE(status.alive);
  EXPECT_EQ(status.by_state.at(RowState::done), 3u);
  EXPECT_EQ(status.by_verdict.at(Verdict::cut), 1u);
  EXPECT_EQ(status.failed_by_kind.at("server"), 1u);
  EXPECT_EQ(status.usage.total_tokens, 60);
  EXPECT_EQ(status.cost.picodollars(), 4000);
  EXPECT_EQ(status.sent_upto, 3u);
  EXPECT_EQ(status.pid, ::getpid());
  EXPECT_GT(status.ended, 0);
}

TEST(ReadStatus, SaysThatThereIsNoRun) {
  const StoreWorld world;
  EXPECT_NE(message_of([&] { read_status(world.paths()); }).find("is not there"), std::string::npos);
}

}  // namespace
}  // namespace headway::job
