#include "call/shared_limits.hpp"

#include <algorithm>
#include <utility>

#include "call/gate.hpp"

namespace headway::call {
namespace {

bool tells_anything(const LearnedLimits& limits) {
  return limits.requests || limits.tokens || limits.input_tokens || limits.output_tokens || limits.wait.count() > 0 ||
         limits.wants_max_completion_tokens || limits.wants_no_temperature;
}

bool same_names(const LearnedLimits& a, const LearnedLimits& b) {
  return a.endpoint == b.endpoint && a.model == b.model;
}

}  // namespace

// A wait that was told some time ago may be over.
void SharedLimits::add(std::shared_ptr<Destination> destination, time_point now) {
  if (lent_) destination->lend(lent_->lease, lent_->end, now);
  for (auto limits : told_) {
    limits.wait = limits.wait.zero();
    destination->learn(limits, now);
  }
  destinations_.push_back(std::move(destination));
}

void SharedLimits::take(const Lease& lease, time_point end, time_point now) {
  lent_ = Lent{lease, end};
  for (const auto& destination : destinations_) destination->lend(lease, end, now);
  for (const auto& destination : destinations_) {
    for (auto* gate : destination->gates) gate->serve();
  }
}

LeaseDemand SharedLimits::demand(time_point now) const {
  LeaseDemand most;
  for (const auto& destination : destinations_) {
    const auto one = destination->demand(now);
    most.requests = std::max(most.requests, one.requests);
    most.tokens = std::max(most.tokens, one.tokens);
    most.concurrency = std::max(most.concurrency, one.concurrency);
    most.in_flight = std::max(most.in_flight, one.in_flight);
  }
  return most;
}

void SharedLimits::learn(std::vector<LearnedLimits> limits, time_point now) {
  for (const auto& destination : destinations_) {
    if (is_named_as_another(*destination)) continue;
    for (const auto& one : limits) destination->learn(one, now);
  }
  for (auto& one : limits) {
    const auto known = std::ranges::find_if(told_, [&](const auto& other) { return same_names(one, other); });
    if (known == told_.end()) {
      told_.push_back(std::move(one));
    } else {
      *known = std::move(one);
    }
  }
}

std::vector<LearnedLimits> SharedLimits::learned(time_point now) const {
  std::vector<LearnedLimits> all;
  for (const auto& destination : destinations_) {
    if (is_named_as_another(*destination)) continue;
    auto limits = destination->learned(now);
    if (tells_anything(limits)) all.push_back(std::move(limits));
  }
  return all;
}

bool SharedLimits::is_named_as_another(const Destination& destination) const {
  return std::ranges::count(destinations_, destination.account(), [](const auto& one) { return one->account(); }) > 1;
}

}  // namespace headway::call
