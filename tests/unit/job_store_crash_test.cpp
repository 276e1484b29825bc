#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <set>

#include "job/store/fault_points.hpp"
#include "job_store_tools.hpp"

namespace headway::job {
namespace {

struct Told {
  std::set<std::uint64_t> durable;
  int status = 0;
};

// What the child tells until it ends; after `most` it is killed.
std::set<std::uint64_t> numbers_from(int pipe, pid_t child, std::size_t most) {
  std::set<std::uint64_t> numbers;
  std::uint64_t number = 0;
  while (::read(pipe, &number, sizeof number) == sizeof number) {
    numbers.insert(number);
    if (numbers.size() == most) ::kill(child, SIGKILL);
  }
  return numbers;
}

// A run in a process of its own that tells what became durable, and dies at `fault`.
Told run_apart(const StoreWorld& world, const std::vector<Row>& rows, const std::string& fault, Decision again,
               bool fails, std::size_t most = 1'000'000) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const auto child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    ::setenv("HEADWAY_FAULT", fault.c_str(), 1);
    RunFiles files(world.options);
    auto plan = files.make_plan();
    plan.decide([&] {
      for (const auto& row : rows) plan.add(row);
    });
    files.apply(plan);
    StoreCallbacks callbacks;
    callbacks.on_durable = [&](const std::vector<Record>& records) {
      for (const auto& record : records) {
        if (::write(ends[1], &record.number, sizeof record.number) < 0) ::_exit(2);
      }
    };
    std::atomic<std::uint64_t> may_send = 0;  // groups
    callbacks.on_may_send = [&](std::uint64_t) {
      ++may_send;
      may_send.notify_one();
    };
    Store store(std::move(files), world.store_options, callbacks);
    for (std::size_t at = 0; at < rows.size(); at += 10) {
      std::vector<SentRow> group;
      for (auto i = at; i < at + 10; ++i) {
        const auto decision = plan.decision(i);
        if (decision != Decision::fresh && decision != Decision::maybe_sent && decision != again) continue;
        group.push_back({i, rows[i].content_hash});
      }
      if (group.empty()) continue;
      const auto before = may_send.load();
      store.may_send(group);
      may_send.wait(before);
      for (auto i = group.size(); i-- > 0;) {
        const auto& row = rows[group[i].number];
        store.add(make_record(row, fails && row.number % 3 == 0 ? RowState::failed : RowState::done));
      }
    }
    store.admitted_all();
    store.close();
    ::_exit(0);
  }
  ::close(ends[1]);
  Told told;
  told.durable = numbers_from(ends[0], child, most);
  ::close(ends[0]);
  ::waitpid(child, &told.status, 0);
  return told;
}

void expect_kept(StoreWorld& world, const std::vector<Row>& rows, const std::set<std::uint64_t>& durable) {
  RunFiles files(world.options);
  auto plan = files.make_plan();
  plan.decide([&] {
    for (const auto& row : rows) plan.add(row);
  });
  for (const auto number : durable) {
    const auto decision = plan.decision(number);
    EXPECT_TRUE(decision == Decision::finished || decision == Decision::failed) << "row " << number << " was said done";
  }
  EXPECT_EQ(plan.counts().lost, 0u);
}

class CrashAt : public testing::TestWithParam<std::string_view> {
 protected:
  // Kills a run over `rows` the first, second, ... time it passes the step, until one comes through. Every run goes on
  // where the one before it died.
  void kill_often(StoreWorld& world, const std::vector<Row>& rows, Decision again, bool fails) {
    world.store_options.interval = std::chrono::microseconds(1);
    for (int nth = 1; nth < 100; ++nth) {
      const auto told = run_apart(world, rows, fmt::format("{}:{}", GetParam(), nth), again, fails);
      if (WIFEXITED(told.status)) {
        ASSERT_EQ(WEXITSTATUS(told.status), 0);
        return expect_whole(world.paths(), rows);
      }
      ASSERT_EQ(WTERMSIG(told.status), SIGKILL);
      ++kills_;
      expect_kept(world, rows, told.durable);
    }
    FAIL() << "no run came through";
  }

  int kills_ = 0;
};

bool is_of_a_rewrite(std::string_view step) {
  return step.starts_with("rewrite");
}

TEST_P(CrashAt, LosesNothingAndDoublesNothing) {
  StoreWorld world;
  kill_often(world, make_rows(200), Decision::fresh, true);
  EXPECT_TRUE(kills_ > 0 || is_of_a_rewrite(GetParam()) || GetParam() == "after_sync");
}

TEST_P(CrashAt, LosesNothingOfAnOrderedOutput) {
  StoreWorld world;
  world.options.ordered = true;
  world.store_options.waiting_memory = 300;
  const auto rows = make_rows(200);
  kill_often(world, rows, Decision::fresh, false);
  const auto lines = lines_of(world.options.output);
  ASSERT_EQ(lines.size(), rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(lines[i], make_record(rows[i]).text);
}

TEST_P(CrashAt, LosesNothingWithDurabilityPower) {
  StoreWorld world;
  world.options.durability = Durability::power;
  kill_often(world, make_rows(100), Decision::fresh, true);
  EXPECT_TRUE(kills_ > 0 || is_of_a_rewrite(GetParam()));
}

TEST_P(CrashAt, ARetryLeavesNoRowInBothFiles) {
  StoreWorld world;
  const auto rows = make_rows(100);
  world.run(rows, [](const Row& row) { return make_record(row, row.number % 3 ? RowState::done : RowState::failed); });
  world.store_options.tidy = true;
  kill_often(world, rows, Decision::failed, false);
  EXPECT_EQ(text_of(world.paths().errors), "");
  EXPECT_TRUE(kills_ > 0 || GetParam() == "after_sync");
}

// The signal comes while the child is anywhere in its next commits.
TEST(Crash, AtAnyMomentLosesNothing) {
  const auto rows = make_rows(1000);
  for (const bool ordered : {false, true}) {
    StoreWorld world;
    world.options.ordered = ordered;
    world.store_options.interval = std::chrono::microseconds(1);
    for (std::size_t most = 1; most < 100; ++most) {
      const auto told = run_apart(world, rows, "", Decision::fresh, !ordered, most);
      if (WIFEXITED(told.status)) break;
      expect_kept(world, rows, told.durable);
    }
    world.run(rows);
    expect_whole(world.paths(), rows);
  }
}

INSTANTIATE_TEST_SUITE_P(EachStep, CrashAt, testing::ValuesIn(fault_points),
                         [](const auto& step) { return std::string(step.param); });

}  // namespace
}  // namespace headway::job
