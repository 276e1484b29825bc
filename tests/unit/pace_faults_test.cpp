// Refusals at random: they do not follow from the rate, and cost no more than the calls that are sent again.

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <random>

#include <gtest/gtest.h>

#include "pace/pacer.hpp"

namespace headway::pace::random_refusals {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr time_point start{1000s};

/// Answers after 50 ms; refuses a share at random after 2 ms.
struct Faulty {
  double share;
  Result refusal = Result::refused;
  std::optional<nanoseconds> retry_after;
  std::size_t calls = 500;
  std::size_t in_flight = 50;
  LimitSnapshot told_of_limits = {};  // with refusals alone
};

struct Seconds {
  double headway = 0;
  double fixed = 0;  // as many in flight as may be, each call sent again as soon as it may be
};

/// When all calls are answered. `admit` and `settle`: who paces.
double run(const Faulty& faulty, unsigned seed, const std::function<Admission(time_point)>& admit,
           const std::function<void(const Reservation&, const Attempt&, time_point)>& settle) {
  struct End {
    Reservation reservation;
    Attempt attempt;
  };
  std::mt19937 random(seed);
  std::multimap<time_point, End> ends;
  std::multimap<time_point, int> waiting;  // of calls that were told to wait
  std::size_t line = faulty.calls, done = 0;
  for (auto now = start;;) {
    for (; !ends.empty() && ends.begin()->first <= now; ends.erase(ends.begin())) {
      const auto& [reservation, attempt] = ends.begin()->second;
      settle(reservation, attempt, now);
      if (attempt.result == Result::answered) {
        ++done;
      } else {
        waiting.emplace(now + faulty.retry_after.value_or(0ns), 0);
      }
    }
    for (; !waiting.empty() && waiting.begin()->first <= now; waiting.erase(waiting.begin())) ++line;
    if (done == faulty.calls) return std::chrono::duration<double>(now - start).count();
    auto next = time_point::max();
    for (; line > 0; --line) {
      const auto admission = admit(now);
      next = admission.ask_again;
      if (!admission.admitted) break;
      End end{admission.reservation, {}};
      if (std::uniform_real_distribution(0.0, 1.0)(random) < faulty.share) {
        end.attempt.result = faulty.refusal;
        end.attempt.server_wait = faulty.retry_after;
        end.attempt.limits = faulty.told_of_limits;
      }
      const bool good = end.attempt.result == Result::answered;
      if (good) end.attempt.to_first_byte = end.attempt.to_end = 50ms;
      ends.emplace(now + (good ? 50ms : 2ms), end);
    }
    if (line == 0) next = time_point::max();
    if (!ends.empty()) next = std::min(next, ends.begin()->first);
    if (!waiting.empty()) next = std::min(next, waiting.begin()->first);
    now = std::max(next, now + 1ns);
  }
}

Seconds times(const Faulty& faulty, unsigned seed, double told = 0) {
  PaceOptions options;
  options.starts_unlimited = true;
  options.max_concurrency = faulty.in_flight;
  options.requests_per_minute = told;
  Pacer pacer(options, seed);
  Seconds seconds;
  seconds.headway = run(
      faulty, seed, [&](time_point now) { return pacer.admit(Demand{}, now); },
      [&](const Reservation& reservation, const Attempt& attempt, time_point now) {
        pacer.settle(reservation, attempt, now);
      });
  std::size_t in_flight = 0;
  seconds.fixed = run(
      faulty, seed,
      [&](time_point) {
        Admission admission;
        admission.admitted = in_flight < faulty.in_flight;
        if (admission.admitted) ++in_flight;
        return admission;
      },
      [&](const Reservation&, const Attempt&, time_point) { --in_flight; });
  return seconds;
}

class Faults : public testing::TestWithParam<double> {};

// To find out that they come at random takes a part of the first second.
TEST_P(Faults, CostNoMoreThanTheCallsSentAgain) {
  for (const auto refusal : {Result::refused, Result::overloaded}) {
    for (const std::optional<nanoseconds> retry_after :
         {std::optional<nanoseconds>(), std::optional<nanoseconds>(1s)}) {
      for (const std::size_t calls : {500U, 5'000U}) {
        double headway = 0, fixed = 0;
        for (unsigned seed = 1; seed <= 5; ++seed) {
          const auto seconds = times({GetParam(), refusal, retry_after, calls, 50, {}}, seed);
          headway += seconds.headway / 5;
          fixed += seconds.fixed / 5;
          EXPECT_LE(seconds.headway, 2 * seconds.fixed + 2) << seed;
        }
        EXPECT_LE(headway, 1.3 * fixed + 0.5)
            << (refusal == Result::refused ? "429" : "503") << (retry_after ? ", retry-after" : "") << ", " << calls;
      }
    }
  }
}

// As CopilotKit's aimock does it: the example of OpenAI's documentation stands on each refusal, and good answers say nothing.
TEST_P(Faults, ThatTellOfLimitsWhichGoodAnswersDoNotTellCostNoMore) {
  LimitSnapshot made_up;
  made_up.requests = {60.0, 0.0, 1s};
  made_up.tokens = {150'000.0, 0.0, 6min};
  double headway = 0, fixed = 0;
  for (unsigned seed = 1; seed <= 5; ++seed) {
    const auto seconds = times({GetParam(), Result::refused, 1s, 500, 50, made_up}, seed);
    headway += seconds.headway / 5;
    fixed += seconds.fixed / 5;
  }
  EXPECT_LE(headway, 1.3 * fixed + 0.5);
}

INSTANTIATE_TEST_SUITE_P(Shares, Faults, testing::Values(0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5));

}  // namespace
}  // namespace headway::pace::random_refusals
