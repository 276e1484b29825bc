#include "pace/lease_book.hpp"

#include <algorithm>
#include <cmath>
#include <ranges>

#include "pace/token_bucket.hpp"

namespace headway::pace {
namespace {

// Of the whole, for all workers together that want nothing: so that the first call of each need not wait.
constexpr double a_little = 0.02;

// Sums of parts are wrong by less.
constexpr double rounding = 1e-9;

double at_least(double wanted, double least) {
  return wanted > least ? std::min(wanted, 1.0) : least;  // not a number: the least
}

/// The level at which all that is wanted, cut off there, is `total`, which is less than is wanted.
double water_level(const std::vector<double>& wanted, double total) {
  const auto count = static_cast<double>(wanted.size());
  double level = total / count;
  while (true) {
    double below = 0, number_below = 0;
    for (const double want : wanted) {
      if (want > level) continue;
      below += want;
      ++number_below;
    }
    if (number_below == count) return level;
    const double higher = (total - below) / (count - number_below);
    if (higher <= level * (1 + rounding)) return level;
    level = higher;
  }
}

}  // namespace

LearnedLimits newer(const LearnedLimits& known, LearnedLimits told) {
  for (const auto limit : {&LearnedLimits::requests, &LearnedLimits::tokens, &LearnedLimits::input_tokens,
                           &LearnedLimits::output_tokens}) {
    if (!(told.*limit)) {
      told.*limit = known.*limit;
    } else if (known.*limit) {
      (told.*limit)->sliced |= (known.*limit)->sliced;
    }
  }
  told.wants_max_completion_tokens |= known.wants_max_completion_tokens;
  told.wants_no_temperature |= known.wants_no_temperature;
  return told;
}

LeaseBook::LeaseBook(std::size_t concurrency, bool restarted)
    : concurrency_(concurrency), never_lent_(restarted ? 0 : 1), learns_(restarted) {}

GrantedLease LeaseBook::renew(const std::string& name, const LeaseDemand& demand, const std::optional<Lease>& held,
                              time_point now) {
  expire(now);
  if (!learns_until_) learns_until_ = now + length;
  learns_ = learns_ && now < *learns_until_;
  auto& worker = workers_[name];
  worker.demand = demand;
  if (held) worker.moved_on_to(*held);
  worker.count_most();
  GrantedLease granted;
  granted.lease = due(worker, held, now);
  lend(worker, granted.lease, now);
  granted.lasts = length;
  granted.renew_in = next_renewal();
  return granted;
}

void LeaseBook::leave(const std::string& name, time_point now) {
  expire(now);
  workers_.erase(name);
}

void LeaseBook::expire(time_point now) {
  for (auto& [name, worker] : workers_) worker.expire(now);
  std::erase_if(workers_, [](const auto& entry) { return entry.second.grants.empty(); });
}

void LeaseBook::Worker::expire(time_point now) {
  if (grants.empty() || grants.front().until > now) return;
  std::erase_if(grants, [now](const Grant& grant) { return grant.until <= now; });
  count_most();
}

// Of several like it the oldest, since the replies of the others may be under way.
void LeaseBook::Worker::moved_on_to(const Lease& held) {
  const auto used = std::ranges::find_if(grants, [&](const Grant& grant) {
    return grant.lease.requests == held.requests && grant.lease.tokens == held.tokens &&
           grant.lease.max_concurrency == held.max_concurrency;
  });
  if (used != grants.end()) grants.erase(grants.begin(), used);
}

void LeaseBook::Worker::count_most() {
  most = Lease();
  most.max_concurrency = demand.in_flight;
  for (const auto& [lease, until] : grants) {
    most.requests = std::max(most.requests, lease.requests);
    most.tokens = std::max(most.tokens, lease.tokens);
    most.max_concurrency = std::max(most.max_concurrency, lease.max_concurrency);
  }
}

/// What no other worker holds.
Lease LeaseBook::free_for(const Worker& worker) const {
  Lease free;
  free.requests = free.tokens = 1;
  std::size_t slots = concurrency_;
  for (const auto& [name, other] : workers_) {
    if (&other == &worker) continue;
    free.requests -= other.most.requests;
    free.tokens -= other.most.tokens;
    slots -= std::min(slots, *other.most.max_concurrency);
  }
  if (free.requests < rounding) free.requests = 0;
  if (free.tokens < rounding) free.tokens = 0;
  if (concurrency_ > 0) free.max_concurrency = slots;
  return free;
}

Lease LeaseBook::due(const Worker& worker, const std::optional<Lease>& held, time_point now) const {
  auto lease = free_for(worker);
  Lease wanted;
  if (learns_) {
    if (held) wanted = *held;
    if (concurrency_ > 0) wanted.max_concurrency = wanted.max_concurrency.value_or(0);
  } else {
    wanted.requests = part_due(worker, &LeaseDemand::requests);
    wanted.tokens = part_due(worker, &LeaseDemand::tokens);
    if (concurrency_ > 0) wanted.max_concurrency = slots_due(worker, now);
    // Others may begin at the same time, and could have nothing until this one's first lease has expired.
    if (worker.is_new) {
      lease.requests /= 2;
      lease.tokens /= 2;
      if (lease.max_concurrency) *lease.max_concurrency -= *lease.max_concurrency / 2;
    }
  }
  lease.requests = std::min(lease.requests, wanted.requests);
  lease.tokens = std::min(lease.tokens, wanted.tokens);
  lease.max_concurrency = std::min(lease.max_concurrency, wanted.max_concurrency);
  return lease;
}

double LeaseBook::part_due(const Worker& worker, double LeaseDemand::*want) const {
  const auto count = static_cast<double>(workers_.size());
  const auto wanted_by = [&](const Worker& one) { return at_least(one.demand.*want, a_little / count); };
  std::vector<double> wanted;
  double sum = 0;
  for (const auto& one : workers_ | std::views::values) {
    wanted.push_back(wanted_by(one));
    sum += wanted.back();
  }
  if (sum <= 1) return wanted_by(worker) + (1 - sum) / count;
  return std::min(wanted_by(worker), water_level(wanted, 1));
}

// Where there are fewer than workers, they go round, ten seconds each.
std::size_t LeaseBook::slots_due(const Worker& worker, time_point now) const {
  const auto wanted_by = [&](const Worker& one) {
    return std::clamp<std::size_t>(one.demand.concurrency, 1, concurrency_);
  };
  std::vector<double> wanted;
  std::size_t sum = 0;
  for (const auto& one : workers_ | std::views::values) {
    wanted.push_back(static_cast<double>(wanted_by(one)));
    sum += wanted_by(one);
  }
  if (sum <= concurrency_) return wanted_by(worker) + (concurrency_ - sum) / workers_.size();
  const auto each = static_cast<std::size_t>(water_level(wanted, static_cast<double>(concurrency_)) + rounding);
  if (wanted_by(worker) <= each) return wanted_by(worker);
  std::size_t rest = concurrency_, number = 0, place = 0;
  for (const auto& one : workers_ | std::views::values) {
    rest -= std::min(each, wanted_by(one));
    if (&one == &worker) place = number;
    if (wanted_by(one) > each) ++number;
  }
  const auto round = static_cast<std::size_t>(now.time_since_epoch() / std::chrono::seconds(10));
  return each + ((place + round * rest) % number < rest ? 1 : 0);
}

void LeaseBook::lend(Worker& worker, Lease& lease, time_point now) {
  if (lease.lends() && !worker.fresh) {
    worker.fresh = std::max(lease.requests, lease.tokens) <= never_lent_ + rounding;
  }
  lease.fresh = worker.fresh.value_or(false);
  worker.is_new = false;
  worker.grants.push_back({lease, now + length});
  worker.count_most();
  const auto free = free_for(worker);
  never_lent_ = std::min({never_lent_, free.requests - worker.most.requests, free.tokens - worker.most.tokens});
}

std::chrono::nanoseconds LeaseBook::next_renewal() {
  constexpr double soonest = 0.25, latest = 0.75, most_a_second = 200;
  constexpr double spread = 0.1, golden_ratio = 0.618;  // workers that began together come apart
  const double seconds = std::clamp(static_cast<double>(workers_.size()) / most_a_second, soonest, latest);
  const double turn = static_cast<double>(renewals_++) * golden_ratio;
  const seconds_d in(seconds * (1 - spread * (turn - std::floor(turn))));
  return std::chrono::duration_cast<std::chrono::nanoseconds>(in);
}

}  // namespace headway::pace
