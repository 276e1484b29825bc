#include "pace/lease_book.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "unit/pace_start.hpp"

namespace headway::pace {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr double rounding = 1e-6;

LeaseDemand wants(double part, std::size_t calls = 0) {
  LeaseDemand demand;
  demand.requests = demand.tokens = part;
  demand.concurrency = calls;
  return demand;
}

// Workers that renew at once and use each lease as soon as it comes.
class Workers {
 public:
  explicit Workers(LeaseBook& book) : book_(book) {}

  void want(const std::string& name, LeaseDemand demand) { all_[name].demand = demand; }
  void die(const std::string& name) { all_.erase(name); }
  void run_until(time_point until) {
    for (; now_ < until; now_ += 10ms) {
      for (auto& [name, worker] : all_) {
        if (now_ >= worker.next) renew(name, worker);
      }
    }
  }
  void run_for(nanoseconds time) { run_until(now_ + time); }

  const Lease& lease(const std::string& name) { return *all_[name].held; }
  double part(const std::string& name) { return lease(name).requests; }
  std::size_t renewals() const { return renewals_; }
  time_point now() const { return now_; }

 private:
  struct Worker {
    LeaseDemand demand;
    std::optional<Lease> held;
    time_point next = start;
  };

  void renew(const std::string& name, Worker& worker) {
    const auto granted = book_.renew(name, worker.demand, worker.held, now_);
    worker.held = granted.lease;
    worker.next = now_ + granted.renew_in;
    ++renewals_;
  }

  LeaseBook& book_;
  std::map<std::string, Worker> all_;
  time_point now_ = start;
  std::size_t renewals_ = 0;
};

TEST(LeaseBook, OneWorkerGetsAllWithinASecond) {
  LeaseBook book(100);
  Workers workers(book);
  workers.want("a", wants(1, 1000));
  workers.run_for(1s);
  EXPECT_EQ(workers.part("a"), 1);
  EXPECT_EQ(workers.lease("a").max_concurrency, 100U);
}

TEST(LeaseBook, WithoutABoundOnCallsInFlightItSetsNone) {
  LeaseBook book;
  EXPECT_FALSE(book.renew("a", wants(1, 1000), std::nullopt, start).lease.max_concurrency);
}

TEST(LeaseBook, IsFairByMaxMin) {
  LeaseBook book(100);
  Workers workers(book);
  workers.want("little", wants(0.1, 10));
  workers.want("much", wants(1, 1000));
  workers.want("more", wants(0.8, 60));
  workers.run_for(6s);
  EXPECT_NEAR(workers.part("little"), 0.1, rounding);
  EXPECT_NEAR(workers.part("much"), 0.45, rounding);
  EXPECT_NEAR(workers.part("more"), 0.45, rounding);
  EXPECT_EQ(workers.lease("little").max_concurrency, 10U);
  EXPECT_EQ(workers.lease("much").max_concurrency, 45U);
  EXPECT_EQ(workers.lease("more").max_concurrency, 45U);
}

TEST(LeaseBook, SpreadsWhatNobodyWants) {
  LeaseBook book(100);
  Workers workers(book);
  workers.want("a", wants(0));
  workers.want("b", wants(0.4, 40));
  workers.run_for(6s);
  EXPECT_NEAR(workers.part("a"), 0.01 + 0.295, rounding);
  EXPECT_NEAR(workers.part("a") + workers.part("b"), 1, rounding);
  EXPECT_GE(*workers.lease("a").max_concurrency, 30U);
}

TEST(LeaseBook, WhoWantsNothingStillHasALittle) {
  LeaseBook book;
  Workers workers(book);
  workers.want("idle", wants(0));
  workers.want("busy", wants(1));
  workers.run_for(6s);
  EXPECT_NEAR(workers.part("idle"), 0.01, rounding);
  EXPECT_NEAR(workers.part("busy"), 0.99, rounding);
}

TEST(LeaseBook, FollowsADemandWithinSeconds) {
  LeaseBook book(100);
  Workers workers(book);
  workers.want("a", wants(1, 1000));
  workers.want("b", wants(0));
  workers.run_for(6s);
  workers.want("a", wants(0));
  workers.want("b", wants(1, 1000));
  workers.run_for(2500ms);
  EXPECT_GT(workers.part("b"), 0.9);
  EXPECT_GT(workers.lease("b").max_concurrency, 90U);
}

TEST(LeaseBook, WorkersThatBeginTogetherShareFromTheStart) {
  LeaseBook book;
  Workers workers(book);
  for (const auto* name : {"a", "b", "c"}) workers.want(name, wants(1));
  workers.run_for(10ms);
  double sum = 0;
  for (const auto* name : {"a", "b", "c"}) {
    EXPECT_GT(workers.part(name), 0.1) << name;
    EXPECT_TRUE(workers.lease(name).fresh) << name;
    sum += workers.part(name);
  }
  EXPECT_GE(sum, 0.87);
  workers.run_for(3s);
  for (const auto* name : {"a", "b", "c"}) EXPECT_NEAR(workers.part(name), 1.0 / 3, rounding) << name;
}

TEST(LeaseBook, WhoComesLaterFindsAnEmptyBucket) {
  LeaseBook book;
  Workers workers(book);
  workers.want("a", wants(1));
  workers.run_for(60s);
  EXPECT_TRUE(workers.lease("a").fresh);
  workers.want("b", wants(1));
  workers.run_for(4s);
  EXPECT_NEAR(workers.part("b"), 0.5, rounding);
  EXPECT_FALSE(workers.lease("b").fresh);
}

TEST(LeaseBook, ADeadWorkersPartIsLentAgainWhenItHasExpiredAndNotBefore) {
  LeaseBook book;
  Workers workers(book);
  workers.want("a", wants(1));
  workers.want("b", wants(1));
  workers.run_for(6s);
  workers.die("b");  // its last renewal was not more than half a second ago
  workers.run_for(1400ms);
  EXPECT_NEAR(workers.part("a"), 0.5, rounding);
  workers.run_for(1200ms);
  EXPECT_EQ(workers.part("a"), 1);
}

TEST(LeaseBook, WhoLeavesGivesBackAtOnce) {
  LeaseBook book;
  Workers workers(book);
  workers.want("a", wants(1));
  workers.want("b", wants(1));
  workers.run_for(6s);
  workers.die("b");
  book.leave("b", workers.now());
  workers.run_for(510ms);
  EXPECT_EQ(workers.part("a"), 1);
}

TEST(LeaseBook, CallsInFlightKeepTheirPlaces) {
  LeaseBook book(10);
  Workers workers(book);
  auto busy = wants(1, 100);
  busy.in_flight = 10;
  workers.want("a", busy);
  workers.run_for(3s);
  workers.want("b", wants(1, 100));
  workers.run_for(10s);
  EXPECT_EQ(workers.lease("b").max_concurrency, 0U);
  busy.in_flight = 5;
  workers.want("a", busy);
  workers.run_for(2s);
  EXPECT_EQ(workers.lease("b").max_concurrency, 5U);
}

TEST(LeaseBook, FewerPlacesThanWorkersGoRound) {
  LeaseBook book(2);
  Workers workers(book);
  std::map<std::string, int> turns;
  for (const auto* name : {"a", "b", "c", "d", "e"}) workers.want(name, wants(1, 10));
  for (int second = 0; second < 100; ++second) {
    workers.run_for(1s);
    for (const auto* name : {"a", "b", "c", "d", "e"})
      turns[name] += static_cast<int>(*workers.lease(name).max_concurrency);
  }
  int sum = 0;
  for (const auto& [name, count] : turns) {
    EXPECT_NEAR(count, 36, 10) << name;
    sum += count;
  }
  EXPECT_GE(sum, 160);
}

TEST(LeaseBook, NonsenseIsNoDemand) {
  LeaseBook book;
  Workers workers(book);
  workers.want("a", wants(std::numeric_limits<double>::quiet_NaN()));
  workers.want("b", wants(-1));
  workers.want("c", wants(1e300));
  workers.run_for(6s);
  EXPECT_GT(workers.part("c"), 0.98);
}

TEST(LeaseBook, AThousandWorkersRenewLessOften) {
  for (const auto& [count, most] : {std::pair(3, 14.0), std::pair(1000, 1450.0)}) {
    LeaseBook book;
    Workers workers(book);
    for (int i = 0; i < count; ++i) workers.want(std::to_string(i), wants(1));
    workers.run_for(3s);
    const auto before = workers.renewals();
    workers.run_for(3s);
    EXPECT_LE(static_cast<double>(workers.renewals() - before) / 3, most) << count;
  }
}

TEST(LeaseBook, ARestartedBookLendsNoMoreThanIsHeldAtFirst) {
  LeaseBook book(10, true);
  Lease held;
  held.requests = held.tokens = 0.25;
  held.max_concurrency = 4;
  const auto kept = book.renew("a", wants(1, 100), held, start);
  EXPECT_EQ(kept.lease.requests, 0.25);
  EXPECT_EQ(kept.lease.max_concurrency, 4U);
  EXPECT_FALSE(kept.lease.fresh);
  EXPECT_EQ(book.renew("b", wants(1, 100), std::nullopt, start + 1900ms).lease.requests, 0);
  EXPECT_GT(book.renew("b", wants(1, 100), std::nullopt, start + LeaseBook::length).lease.requests, 0);
}

// One limit, workers that come, die and change their minds, messages that are late or lost either way, and books that
// are restarted. What workers use is checked by their own clocks.
class Chaos {
 public:
  explicit Chaos(unsigned seed) : random_(seed) {}

  void run(nanoseconds length) {
    for (; now_ < start + length; now_ += 5ms) {
      if (!all_.empty() && happens(0.002)) all_.erase(all_.begin());
      if (all_.size() < 8 && happens(0.01)) all_["worker " + std::to_string(++named_)].demand = demand();
      if (happens(0.0005)) restart();
      deliver();
      for (auto& [name, worker] : all_) step(name, worker);
      check();
    }
  }
  double most_used() const { return most_used_; }

 private:
  static constexpr std::size_t slots = 20;

  struct Worker {
    LeaseDemand demand;
    std::optional<Lease> held;
    time_point until = time_point::min();
    time_point sent_at = time_point::min();  // the renewal whose lease it holds
    time_point next = time_point::min();
  };
  struct Message {
    std::string name;
    time_point sent_at;
    LeaseDemand demand;
    std::optional<Lease> held;
    GrantedLease granted;
  };

  double uniform() { return std::uniform_real_distribution<double>()(random_); }
  bool happens(double probability) { return uniform() < probability; }
  LeaseDemand demand() { return wants(happens(0.5) ? 1 : uniform() * 0.5, static_cast<std::size_t>(uniform() * 30)); }
  time_point later() {
    return now_ + std::chrono::milliseconds(static_cast<int>(uniform() * (happens(0.1) ? 3000 : 200)));
  }

  void restart() {
    book_ = LeaseBook(slots, true);
    renewals_.clear();
  }

  void step(const std::string& name, Worker& worker) {
    if (happens(0.005)) worker.demand = demand();
    if (now_ < worker.next) return;
    worker.next = now_ + 500ms;
    const auto held = now_ < worker.until ? worker.held : std::nullopt;
    if (!happens(0.1)) renewals_.emplace(later(), Message{name, now_, worker.demand, held, {}});
  }

  void deliver() {
    while (!renewals_.empty() && renewals_.begin()->first <= now_) {
      auto message = renewals_.extract(renewals_.begin()).mapped();
      message.granted = book_.renew(message.name, message.demand, message.held, now_);
      if (!happens(0.1)) replies_.emplace(later(), message);
    }
    while (!replies_.empty() && replies_.begin()->first <= now_) {
      const auto reply = replies_.extract(replies_.begin()).mapped();
      const auto found = all_.find(reply.name);
      if (found == all_.end() || reply.sent_at < found->second.sent_at) continue;
      found->second.held = reply.granted.lease;
      found->second.sent_at = reply.sent_at;
      found->second.until = reply.sent_at + reply.granted.lasts;
    }
  }

  void check() {
    double requests = 0, tokens = 0;
    std::size_t calls = 0;
    for (const auto& [name, worker] : all_) {
      if (now_ >= worker.until) continue;
      requests += worker.held->requests;
      tokens += worker.held->tokens;
      calls += *worker.held->max_concurrency;
    }
    ASSERT_LE(requests, 1 + rounding);
    ASSERT_LE(tokens, 1 + rounding);
    ASSERT_LE(calls, slots);
    most_used_ = std::max(most_used_, requests);
  }

  std::mt19937 random_;
  LeaseBook book_{slots};
  time_point now_ = start;
  std::map<std::string, Worker> all_;
  std::multimap<time_point, Message> renewals_;
  std::multimap<time_point, Message> replies_;
  int named_ = 0;
  double most_used_ = 0;
};

class LeaseBookInChaos : public testing::TestWithParam<unsigned> {};

TEST_P(LeaseBookInChaos, NeverLendsMoreThanTheWhole) {
  Chaos chaos(GetParam());
  chaos.run(120s);
  EXPECT_GT(chaos.most_used(), 0.95);
}

INSTANTIATE_TEST_SUITE_P(Seeds, LeaseBookInChaos, testing::Range(1U, 21U));

}  // namespace
}  // namespace headway::pace
