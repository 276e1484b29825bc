#include "job/store/store.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <random>

#include "job/store/in_order.hpp"
#include "job/store/journal_view.hpp"
#include "job_store_tools.hpp"

namespace headway::job {
namespace {

std::vector<std::string> ids_of(const std::vector<std::string>& lines) {
  std::vector<std::string> ids;
  for (const auto& line : lines) ids.push_back(line.substr(14, line.find('"', 14) - 14));
  return ids;
}

/// Files as large as `bytes` at the most, as on a disk that is full.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    before_signal_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() { lift(); }
  void lift() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, before_signal_);
  }

 private:
  rlimit before_{};
  void (*before_signal_)(int) = nullptr;
};

TEST(InOrder, RowsLeaveAsTheyWereAnnounced) {
  InOrder order;
  EXPECT_FALSE(order.due());
  for (const std::uint64_t number : {2u, 3u, 7u}) order.announce(number);
  EXPECT_EQ(order.due(), 2u);
  EXPECT_FALSE(order.may_leave(5)) << "2 and 3 come before";
  order.left();
  order.left();
  EXPECT_EQ(order.due(), 7u);
  EXPECT_TRUE(order.may_leave(5));
  order.left();
  EXPECT_FALSE(order.due());
  EXPECT_TRUE(order.may_leave(6));
  EXPECT_FALSE(order.may_leave(8)) << "a row before it may still be announced";
  order.announced_all();
  EXPECT_TRUE(order.may_leave(8));
}

TEST(Store, AnOrderedOutputKeepsTheOrderHoweverRowsEnd) {
  for (const std::size_t memory : {std::size_t{0}, std::size_t{1000}, std::size_t{1} << 20}) {
    StoreWorld world;
    world.options.ordered = true;
    world.store_options.waiting_memory = memory;
    world.store_options.interval = std::chrono::microseconds(10);
    const auto rows = make_rows(500);
    world.run(
        rows, [](const Row& row) { return make_record(row, row.number % 7 ? RowState::done : RowState::failed); }, 100);
    std::vector<std::string> expected;
    for (const auto& row : rows) {
      if (row.number % 7) expected.push_back(row.custom_id);
    }
    EXPECT_EQ(ids_of(lines_of(world.paths().results)), expected);
    expect_whole(world.paths(), rows);
    EXPECT_EQ(read_status(world.paths()).waiting, 0u);
  }
}

TEST(Store, WhatWaitsWhenARunStopsIsWrittenByTheNext) {
  StoreWorld world;
  world.options.ordered = true;
  const auto rows = make_rows(30);
  {
    RunFiles files(world.options);
    auto plan = files.make_plan();
    plan.decide([&] {
      for (const auto& row : rows) plan.add(row);
    });
    files.apply(plan);
    Store store(std::move(files), {}, {});
    std::vector<SentRow> group;
    for (std::size_t i = 0; i < 20; ++i) group.push_back({rows[i].number, rows[i].content_hash});
    store.may_send(group);
    for (std::size_t i = 19; i > 3; --i) store.add(make_record(rows[i]));  // 0 to 3 never end
    EXPECT_EQ(store.close(), 0u);
  }
  EXPECT_EQ(text_of(world.options.output), "");
  EXPECT_EQ(read_status(world.paths()).waiting, 16u);
  EXPECT_EQ(world.counts(rows).maybe_sent, 4u);
  EXPECT_EQ(world.run(rows).size(), 14u);
  expect_whole(world.paths(), rows);
  auto sorted = lines_of(world.options.output);
  EXPECT_EQ(ids_of(sorted).front(), "row-1");
  EXPECT_EQ(ids_of(sorted)[20], "row-21");
}

TEST(Store, AfterAnOrderlyStopNoRowIsTakenForSent) {
  for (const bool orderly : {true, false}) {
    StoreWorld world;
    const auto rows = make_rows(30);
    const auto start = [&](std::size_t first, bool all_known) {
      RunFiles files(world.options);
      auto plan = files.make_plan();
      plan.decide([&] {
        for (const auto& row : rows) plan.add(row);
      });
      files.apply(plan);
      Store store(std::move(files), {}, {});
      std::vector<SentRow> group;
      for (auto i = first; i < first + 10; ++i) group.push_back({rows[i].number, rows[i].content_hash});
      store.may_send(group);
      for (auto i = first; i < first + 6; ++i) store.add(make_record(rows[i]));
      if (all_known) store.all_known_but({});
      EXPECT_EQ(store.close(), 0u);
    };
    start(0, orderly);
    EXPECT_EQ(world.counts(rows).maybe_sent, orderly ? 0u : 4u);
    start(10, true);
    EXPECT_EQ(world.counts(rows).maybe_sent, orderly ? 0u : 4u) << "those of an earlier crash are still in doubt";
  }
}

TEST(Store, RowsThatWereSentOnceMoreAreInDoubtUntilTheyEndAnew) {
  StoreWorld world;
  const auto rows = make_rows(10);
  const auto fail = [](const Row& row) { return make_record(row, RowState::failed); };
  world.run(rows, fail);
  EXPECT_EQ(world.counts(rows).maybe_sent_again, 0u);
  const auto retry = [&](std::optional<std::vector<SentRow>> in_doubt) {
    RunFiles files(world.options);
    auto plan = files.make_plan();
    plan.decide([&] {
      for (const auto& row : rows) plan.add(row);
    });
    files.apply(plan);
    Store store(std::move(files), {}, {});
    std::vector<SentRow> group;
    for (std::size_t i = 0; i < 8; ++i) group.push_back({rows[i].number, rows[i].content_hash});
    store.may_send(group);
    for (std::size_t i = 0; i < 3; ++i) store.add(make_record(rows[i]));
    if (in_doubt) store.all_known_but(*in_doubt);
    EXPECT_EQ(store.close(), 0u);
  };
  retry({{{rows[7].number, rows[7].content_hash}, {rows[4].number, rows[4].content_hash}}});
  EXPECT_EQ(world.counts(rows).maybe_sent_again, 2u);
  retry({});
  EXPECT_EQ(world.counts(rows).maybe_sent_again, 5u) << "as after a kill";
  EXPECT_EQ(world.counts(rows).maybe_sent, 0u);
  world.again = Decision::failed;
  world.run(rows);
  EXPECT_EQ(world.counts(rows).maybe_sent_again, 0u);
  expect_whole(world.paths(), rows);
}

TEST(Store, ARetryInAnOrderedOutputKeepsTheOrder) {
  StoreWorld world;
  world.options.ordered = true;
  const auto rows = make_rows(20);
  world.run(rows, [](const Row& row) { return make_record(row, row.number % 3 ? RowState::done : RowState::failed); });
  world.again = Decision::failed;
  world.store_options.tidy = true;
  world.run(rows);
  expect_whole(world.paths(), rows);
  const auto ids = ids_of(lines_of(world.options.output));
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(ids[i], rows[i].custom_id);
}

TEST(Store, WhatARowTookAddsUpOverItsSendings) {
  StoreWorld world;
  const auto rows = make_rows(4);
  world.run(rows, [](const Row& row) { return make_record(row, row.number % 2 ? RowState::done : RowState::failed); });
  world.again = Decision::failed;
  world.run(rows);
  const auto status = read_status(world.paths());
  EXPECT_EQ(status.usage.prompt_tokens, 6 * 10);
  EXPECT_EQ(status.usage.completion_tokens, 6 * 5);
  EXPECT_EQ(status.cost.picodollars(), 6 * 1000);
  EXPECT_EQ(status.by_state.at(RowState::done), 4u);
  EXPECT_EQ(world.counts(make_rows(4, 1)).changed_cost.picodollars(), 4 * 1000) << "to send all of them once more";
  world.again = Decision::fresh;
  world.run({make_row(0, "c0")});
  EXPECT_EQ(read_status(world.paths()).gone, 3u);
  EXPECT_EQ(read_status(world.paths()).cost.picodollars(), 6 * 1000) << "rows that are gone were paid for";
}

TEST(Store, SaysWhenItIsFull) {
  StoreWorld world;
  RunFiles files(world.options);
  auto plan = files.make_plan();
  plan.decide([] {});
  files.apply(plan);
  StoreOptions options;
  options.queue_bytes = 3 * record_overhead;
  options.interval = std::chrono::hours(1);
  Store store(std::move(files), options, {});
  const auto rows = make_rows(4);
  EXPECT_FALSE(store.full());
  for (const auto& row : rows) store.add(make_record(row));
  store.close();
  EXPECT_FALSE(store.full()) << "all of it is durable";
}

TEST(Store, AFullDiskIsToldOnceAndWhatFitsIsKept) {
  for (const bool ordered : {false, true}) {
    StoreWorld world;
    world.options.ordered = ordered;
    const auto rows = make_rows(400);
    const auto end = [](const Row& row) { return make_record(row, RowState::done, std::string(3000, 'x')); };
    {
      const FileSizeLimit limit(600'000);  // about half of the output; the journal is smaller
      world.store_options.interval = std::chrono::microseconds(1);
      world.run(rows, end);
    }
    ASSERT_EQ(world.failures.size(), 1u);
    EXPECT_NE(world.failures[0].find("cannot be"), std::string::npos) << world.failures[0];
    EXPECT_GT(world.unsaved, 0u);
    EXPECT_GT(world.durable, 0u);
    EXPECT_EQ(world.durable + world.unsaved, 400u);
    EXPECT_TRUE(text_of(world.options.output).ends_with('\n'));
    const auto unsaved = world.unsaved;
    EXPECT_LE(world.run(rows, end).size(), unsaved);
    expect_whole(world.paths(), rows);
  }
}

TEST(Store, WhatDidNotFitIsWrittenOnceThereIsRoom) {
  StoreWorld world;
  const auto rows = make_rows(20);
  Journal journal(world.paths().journal, Durability::process);
  std::array writers{OutputWriter(world.paths().results, "", Durability::process),
                     OutputWriter(world.paths().errors, "", Durability::process)};
  GroupWriter writer(journal, std::move(writers), {});
  FileSizeLimit limit(500);
  for (const auto& row : rows) writer.add(make_record(row));
  auto first = writer.commit();
  ASSERT_TRUE(first.error);
  EXPECT_NE(std::string(first.error->what()).find("File too large"), std::string::npos) << first.error->what();
  limit.lift();
  const auto second = writer.commit();
  EXPECT_FALSE(second.error);
  EXPECT_EQ(first.records.size() + second.records.size(), 20u);
  expect_whole(world.paths(), rows);
}

TEST(Store, AnOutputThatIsDeletedWhileItIsWrittenIsNoticed) {
  StoreWorld world;
  const auto rows = make_rows(2);
  RunFiles files(world.options);
  auto plan = files.make_plan();
  plan.decide([] {});
  files.apply(plan);
  std::vector<std::string> failures;
  StoreCallbacks callbacks;
  callbacks.on_failure = [&](const Error& error) { failures.emplace_back(error.what()); };
  Store store(std::move(files), {}, callbacks);
  std::filesystem::remove(world.options.output);
  store.add(make_record(rows[0]));
  EXPECT_EQ(store.close(), 1u);
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_NE(failures[0].find("moved or deleted"), std::string::npos);
}

TEST(Store, AFolderThatIsNotThereIsAnError) {
  StoreWorld world;
  world.options.output = "/nowhere/results.jsonl";
  EXPECT_THROW(RunFiles files(world.options), Error);
}

TEST(Store, DurabilityPowerWritesTheSame) {
  StoreWorld world;
  world.options.durability = Durability::power;
  const auto rows = make_rows(50);
  world.run(rows);
  expect_whole(world.paths(), rows);
}

}  // namespace
}  // namespace headway::job
