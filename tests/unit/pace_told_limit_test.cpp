// A limit that the user tells is never passed, whatever headers say; and a declared one is kept in whatever order a server
// counts.

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "pace/pacer.hpp"

namespace headway::pace {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr time_point start{1000s};

double seconds(nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

nanoseconds duration(double seconds) {
  return nanoseconds(static_cast<nanoseconds::rep>(seconds * 1e9));
}

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  double between(double low, double high) { return std::uniform_real_distribution(low, high)(engine_); }
  bool one_in(int n) { return between(0, n) < 1; }

 private:
  std::mt19937 engine_;
};

enum class Unit { requests, tokens, input_tokens, output_tokens };

struct Told {
  std::string name;
  Unit unit;
  double limit;
  double PaceOptions::*option;
};

const std::vector<Told>& minutes() {
  static const std::vector<Told> all{
      {"requests a minute", Unit::requests, 60, &PaceOptions::requests_per_minute},
      {"tokens a minute", Unit::tokens, 20'000, &PaceOptions::tokens_per_minute},
      {"input tokens a minute", Unit::input_tokens, 6'000, &PaceOptions::input_tokens_per_minute},
      {"output tokens a minute", Unit::output_tokens, 12'000, &PaceOptions::output_tokens_per_minute},
  };
  return all;
}

LimitReading& reading_of(LimitSnapshot& limits, Unit unit) {
  switch (unit) {
    case Unit::requests:
      return limits.requests;
    case Unit::tokens:
      return limits.tokens;
    case Unit::input_tokens:
      return limits.input_tokens;
    case Unit::output_tokens:
      break;
  }
  return limits.output_tokens;
}

double units(Unit unit, const Reservation& reservation) {
  switch (unit) {
    case Unit::requests:
      return 1;
    case Unit::tokens:
      return reservation.input_tokens + reservation.output_tokens;
    case Unit::input_tokens:
      return reservation.input_tokens;
    case Unit::output_tokens:
      break;
  }
  return reservation.output_tokens;
}

/// The user's own count: a bucket that is full at the start.
struct Own {
  double rate;
  double capacity;
  double level = capacity;
  double lowest = capacity;
  time_point at = start;

  void take(double units, time_point now) {
    level = std::min(capacity, level + rate * seconds(now - at)) - units;
    at = now;
    lowest = std::min(lowest, level);
  }
};

/// What a server that says anything, after any time, and in any order, makes a client send.
struct Liar {
  const Told& told;
  std::vector<double> declares;  // of these, times the told limit
  Random random;

  Attempt answer(const Reservation& reservation) {
    Attempt attempt;
    if (random.one_in(10)) attempt.result = Result::refused;
    if (random.one_in(20)) attempt.result = Result::not_sent;
    if (attempt.result == Result::answered) {
      attempt.input_tokens = std::llround(reservation.input_tokens);
      attempt.output_tokens = std::llround(reservation.output_tokens);
    }
    auto& reading = reading_of(attempt.limits, told.unit);
    const auto which = static_cast<std::size_t>(random.between(0, static_cast<double>(declares.size()) - 1e-9));
    reading.limit = declares[which] * told.limit;
    reading.remaining = random.between(0, *reading.limit);
    if (random.one_in(2)) reading.reset = duration(random.between(0, 60));
    return attempt;
  }
};

struct Sent {
  double lowest;      // of the user's own bucket
  double most_in_5s;  // units
};

Sent sent_to(Liar liar, double share, nanoseconds length) {
  PaceOptions options;
  options.*liar.told.option = liar.told.limit;
  options.share = share;
  options.starts_unlimited = true;
  Pacer pacer(options, 1);
  Own own{share * liar.told.limit / 60, share * liar.told.limit};
  Demand demand;
  demand.prompt_bytes = 400;
  demand.max_tokens = 200;
  std::multimap<time_point, Reservation> answers;
  std::multimap<time_point, double> lately;
  Sent sent{own.capacity, 0};
  for (auto now = start; now < start + length;) {
    for (; !answers.empty() && answers.begin()->first <= now; answers.erase(answers.begin())) {
      const auto& reservation = answers.begin()->second;
      const auto attempt = liar.answer(reservation);
      const bool unused =
          attempt.result == Result::not_sent || (attempt.result == Result::refused && liar.told.unit != Unit::requests);
      if (unused) own.take(-units(liar.told.unit, reservation), now);
      pacer.settle(reservation, attempt, now);
    }
    auto admission = pacer.admit(demand, now);
    for (; admission.admitted; admission = pacer.admit(demand, now)) {
      const double used = units(liar.told.unit, admission.reservation);
      own.take(used, now);
      lately.emplace(now, used);
      answers.emplace(now + duration(liar.random.between(0.001, 3)), admission.reservation);
    }
    while (!lately.empty() && lately.begin()->first < now - 5s) lately.erase(lately.begin());
    double sum = 0;
    for (const auto& one : lately) sum += one.second;
    sent.most_in_5s = std::max(sent.most_in_5s, sum);
    now = std::min(admission.ask_again, answers.empty() ? time_point::max() : answers.begin()->first);
  }
  sent.lowest = own.lowest;
  return sent;
}

TEST(ToldLimit, IsNeverPassedWhateverHeadersSay) {
  for (const auto& told : minutes()) {
    for (const double share : {1.0, 0.5}) {
      for (unsigned seed = 1; seed <= 10; ++seed) {
        const auto sent = sent_to({told, {0.3, 1, 1.5, 20}, Random(seed)}, share, 180s);
        EXPECT_GE(sent.lowest, -1) << told.name << ", share " << share << ", seed " << seed;
      }
    }
  }
}

TEST(ToldLimit, IsSpreadEvenlyWhereHeadersDeclareAHigherOne) {
  for (const auto& told : minutes()) {
    for (const double share : {1.0, 0.5}) {
      for (unsigned seed = 1; seed <= 5; ++seed) {
        const auto sent = sent_to({told, {1.1, 2, 20}, Random(seed)}, share, 120s);
        const double a_call = told.unit == Unit::requests ? 1 : 300;
        EXPECT_LE(sent.most_in_5s, share * told.limit / 12 + 3 * a_call) << told.name << ", share " << share;
      }
    }
  }
}

// A provider's day ends when it says; but not twice in one.
TEST(ToldLimit, OfADayIsFullAgainOnceADay) {
  for (const double declared : {1.0, 20.0}) {
    PaceOptions options;
    options.requests_per_day = 100;
    Quota quota(options);
    std::size_t sent = 0;
    for (auto now = start; now < start + 72h; now += 30s) {
      Reservation reservation;
      if (!quota.admit(Demand{}, reservation, now).admitted) continue;
      ++sent;
      Attempt attempt;
      attempt.limits.requests.limit = 100 * declared;
      attempt.limits.requests.remaining = 99 * declared;
      attempt.limits.requests.reset = 1s;
      quota.settle(reservation, attempt, now + 1s);
    }
    EXPECT_LE(sent, 100u * 5);
  }
}

enum class Order { sent, reversed, random, one_late };

struct Bucket {
  Order order;
  double latency;     // seconds, from counting to the answer
  double counts_for;  // seconds it takes to count one
  double rate = 10;
  double capacity = 600;
};

struct Outcome {
  std::size_t refused = 0;
  double seconds = 0;
};

/// A server that counts what waits at its door in an order of its own.
class QueuedBucket {
 public:
  QueuedBucket(const Bucket& bucket, unsigned seed) : bucket_(bucket), random_(seed), level_(bucket.capacity) {}

  /// Counts one of those that wait. Gives its place in line.
  std::size_t pick(std::size_t waiting) {
    if (bucket_.order == Order::reversed) return waiting - 1;
    if (bucket_.order == Order::random) {
      return std::min(waiting - 1, static_cast<std::size_t>(random_.between(0, static_cast<double>(waiting))));
    }
    return bucket_.order == Order::one_late && waiting > 1 ? 1 : 0;
  }

  Attempt count(time_point now) {
    level_ = std::min(bucket_.capacity, level_ + bucket_.rate * seconds(now - at_));
    at_ = now;
    Attempt attempt;
    if (level_ < 1) attempt.result = Result::refused;
    if (level_ >= 1) level_ -= 1;
    attempt.limits.requests.limit = bucket_.capacity;
    attempt.limits.requests.remaining = std::floor(level_);
    attempt.limits.requests.reset = duration((bucket_.capacity - std::floor(level_)) / bucket_.rate);
    return attempt;
  }

 private:
  Bucket bucket_;
  Random random_;
  double level_;
  time_point at_ = start;
};

Outcome run(const Bucket& bucket, const PaceOptions& options, std::size_t calls, unsigned seed) {
  struct Answer {
    Reservation reservation;
    Attempt attempt;
  };
  Pacer pacer(options, seed);
  QueuedBucket server(bucket, seed);
  std::vector<Reservation> line;
  std::multimap<time_point, Answer> answers;
  Outcome outcome;
  auto counts_at = time_point::max();
  std::size_t done = 0, sent = 0;
  auto now = start;
  while (true) {
    for (; !answers.empty() && answers.begin()->first <= now; answers.erase(answers.begin())) {
      const auto& [reservation, attempt] = answers.begin()->second;
      pacer.settle(reservation, attempt, now);
      const bool refused = attempt.result == Result::refused;
      ++(refused ? outcome.refused : done);
      if (refused) --sent;
    }
    if (done == calls) break;
    if (counts_at <= now) {
      const auto place = server.pick(line.size());
      answers.emplace(now + duration(bucket.latency), Answer{line[place], server.count(now)});
      line.erase(line.begin() + static_cast<std::ptrdiff_t>(place));
      counts_at = line.empty() ? time_point::max() : now + duration(bucket.counts_for);
    }
    auto next = std::min(counts_at, answers.empty() ? time_point::max() : answers.begin()->first);
    while (sent < calls) {
      const auto admission = pacer.admit(Demand{}, now);
      if (!admission.admitted) {
        next = std::min(next, admission.ask_again);
        break;
      }
      ++sent;
      line.push_back(admission.reservation);
      if (counts_at == time_point::max()) counts_at = now + duration(bucket.counts_for);
      next = std::min(next, counts_at);
    }
    now = std::max(now, next);
  }
  outcome.seconds = seconds(now - start);
  return outcome;
}

class CountingOrder : public testing::TestWithParam<Order> {};

// 600 at once, and ten a second: 900 take 30 s.
TEST_P(CountingOrder, CostsNeitherRefusalsNorTime) {
  for (const bool told : {true, false}) {
    for (const double latency : {0.001, 0.01, 0.2, 1.0}) {
      for (const double counts_for : {0.0001, 0.003}) {
        PaceOptions options;
        if (told) options.requests_per_minute = 600;
        options.starts_unlimited = told;
        const auto outcome = run({GetParam(), latency, counts_for}, options, 900, 1);
        EXPECT_LE(outcome.refused, 3u) << told << ' ' << latency << ' ' << counts_for;
        EXPECT_LE(outcome.seconds, 1.05 * 30 + 10 * latency) << told << ' ' << latency << ' ' << counts_for;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, CountingOrder,
                         testing::Values(Order::sent, Order::reversed, Order::random, Order::one_late));

}  // namespace
}  // namespace headway::pace
