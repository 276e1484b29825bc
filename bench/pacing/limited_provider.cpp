#include <algorithm>
#include <functional>
#include <queue>

#include "pacing/provider.hpp"

namespace headway::pacing {
namespace {

// A gateway counts and answers a refusal in about this time.
constexpr double refusal_seconds = 0.003;

double tokens_at_once(const Request& request, Charge charge) {
  const auto input = static_cast<double>(request.input_tokens);
  const auto output = request.max_tokens.value_or(request.output_tokens);
  return charge == Charge::up_front ? input + static_cast<double>(output) : input;
}

class LimitedProvider final : public Provider {
 public:
  LimitedProvider(std::vector<Limit> limits, const ProviderOptions& options)
      : limits_(std::move(limits)), options_(options) {}

  Reply arrive(const Request& request, time_point now, Ledger& ledger) override {
    ledger.used.resize(limits_.size());
    change(now);
    charge_ended(now, ledger);
    return has_room(request, now) ? accept(request, now, ledger) : refuse(request, now, ledger);
  }

 private:
  struct Ending {
    time_point when;
    std::size_t limit;
    double amount;
    bool operator>(const Ending& other) const noexcept { return when > other.when; }
  };

  void change(time_point now) {
    if (options_.change_at <= 0 || seconds(now) < options_.change_at) return;
    for (auto& limit : limits_) limit.meter->change(options_.change_factor, moment(options_.change_at));
    options_.change_at = 0;
  }

  void charge_ended(time_point now, Ledger& ledger) {
    for (; !endings_.empty() && endings_.top().when <= now; endings_.pop()) {
      const auto& ending = endings_.top();
      limits_[ending.limit].meter->take(ending.amount, ending.when);
      ledger.used[ending.limit].add(ending.when, ending.amount);
    }
  }

  bool has_room(const Request& request, time_point now) {
    return std::all_of(limits_.begin(), limits_.end(), [&](Limit& limit) {
      const double amount = taken_on_arrival(request, limit.counts, options_.charge);
      return limit.meter->left(now) >= std::max(amount, 1e-6);
    });
  }

  Reply accept(const Request& request, time_point now, Ledger& ledger) {
    Reply reply;
    reply.first_byte = now + request.prefill;
    reply.end = reply.first_byte + request.decode;
    ledger.accepted.add(now, 1);
    for (std::size_t i = 0; i < limits_.size(); ++i) {
      const double amount = taken_on_arrival(request, limits_[i].counts, options_.charge);
      limits_[i].meter->take(amount, now);
      ledger.used[i].add(now, amount);
      const double later = taken_at_end(request, limits_[i].counts, options_.charge);
      if (later > 0) endings_.push({reply.end, i, later});
    }
    if (options_.headers) reply.limits = tell(now);
    return reply;
  }

  Reply refuse(const Request& request, time_point now, Ledger& ledger) {
    Reply reply;
    reply.result = pace::Result::refused;
    reply.first_byte = reply.end = now + duration(refusal_seconds);
    ledger.refused.add(now, 1);
    if (options_.retry_after) reply.server_wait = wait(request, now);
    for (auto& limit : limits_) {
      if (options_.refused_count && limit.counts == Counts::requests) limit.meter->take(1, now);
    }
    if (options_.headers) reply.limits = tell(now);
    return reply;
  }

  nanoseconds wait(const Request& request, time_point now) {
    nanoseconds longest{0};
    for (auto& limit : limits_) {
      longest = std::max(longest, limit.meter->wait_for(taken_on_arrival(request, limit.counts, options_.charge), now));
    }
    return longest;
  }

  LimitSnapshot tell(time_point now) {
    LimitSnapshot snapshot;
    for (auto& limit : limits_) {
      auto& reading = limit.counts == Counts::requests       ? snapshot.requests
                      : limit.counts == Counts::tokens       ? snapshot.tokens
                      : limit.counts == Counts::input_tokens ? snapshot.input_tokens
                                                             : snapshot.output_tokens;
      if (limit.told) reading = limit.meter->reading(now);
      if (!options_.resets) reading.reset.reset();
    }
    return snapshot;
  }

  std::vector<Limit> limits_;
  ProviderOptions options_;
  std::priority_queue<Ending, std::vector<Ending>, std::greater<>> endings_;
};

}  // namespace

double taken_on_arrival(const Request& request, Counts counts, Charge charge) {
  switch (counts) {
    case Counts::requests:
      return 1;
    case Counts::tokens:
      return tokens_at_once(request, charge);
    case Counts::input_tokens:
      return static_cast<double>(request.input_tokens);
    case Counts::output_tokens:
      break;
  }
  return 0;
}

double taken_at_end(const Request& request, Counts counts, Charge charge) {
  const bool later = counts == Counts::output_tokens || (counts == Counts::tokens && charge == Charge::by_use);
  return later ? static_cast<double>(request.output_tokens) : 0;
}

std::unique_ptr<Provider> limited_provider(std::vector<Limit> limits, const ProviderOptions& options) {
  return std::make_unique<LimitedProvider>(std::move(limits), options);
}

}  // namespace headway::pacing
