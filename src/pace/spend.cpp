#include "pace/spend.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace headway::pace {
namespace {

Usage usage_of(const SpendEstimate& estimate) {
  Usage usage;
  usage.prompt_tokens = estimate.input_tokens;
  usage.completion_tokens = estimate.output_tokens;
  return sensible(usage);
}

/// With nothing in the provider's cache, and all of the answer reasoning where that costs more.
Money most_cost_of(const Usage& usage, const Price& price) {
  return std::max(price.in, price.cached_in) * usage.prompt_tokens +
         std::max(price.out, price.reasoning) * usage.completion_tokens;
}

// Six digits tell a call's cost; trailing zeros are left out.
std::string text_of(Money money) {
  return fmt::format("${:.6g}", money.dollars());
}

/// The tally of a tier. A server that names ever new ones gets all but the first few in one.
SpendTally& tally_of(std::vector<SpendTally>& tiers, std::string_view service_tier) {
  constexpr std::size_t most_tiers = 8;
  const auto known = std::ranges::find(tiers, service_tier, &SpendTally::service_tier);
  if (known != tiers.end()) return *known;
  if (tiers.size() >= most_tiers) return tiers.back();
  auto& tally = tiers.emplace_back();
  tally.service_tier = tiers.size() == most_tiers ? "other" : std::string(service_tier);
  return tally;
}

}  // namespace

Spend::Account Spend::open(std::string_view endpoint, std::string_view model, const std::optional<Prices>& prices) {
  if (caps_.cost > Money() && !prices) {
    throw Error(ErrorKind::configuration,
                fmt::format("max_cost is set, and the price of {} at {} is not known: set its prices, or a file of "
                            "prices that has it",
                            model, endpoint));
  }
  const auto known = std::ranges::find_if(rows_, [&](const SpendRow& row) {
    const bool same_prices = !row.prices || !prices || row.prices == prices;
    return row.endpoint == endpoint && row.model == model && same_prices;
  });
  if (known != rows_.end()) {
    const auto account = static_cast<Account>(known - rows_.begin());
    if (prices) known->prices = prices;
    mark(account);
    return account;
  }
  auto& row = rows_.emplace_back();
  row.endpoint = endpoint;
  row.model = model;
  row.prices = prices;
  changed_.push_back(rows_.size() - 1);
  return rows_.size() - 1;
}

void Spend::mark(Account account) {
  if (!std::exchange(rows_[account].changed, true)) changed_.push_back(account);
}

std::vector<Spend::Account> Spend::take_changed() {
  for (const auto account : changed_) rows_[account].changed = false;
  return std::exchange(changed_, {});
}

// A call that asks for a dearer tier says so in no estimate; so once an answer was billed as one, all are held as one.
Money Spend::cost_of_estimate(const SpendRow& row, const SpendEstimate& estimate) const {
  if (!row.prices) return Money();
  const auto usage = usage_of(estimate);
  auto cost = most_cost_of(usage, row.prices->of({}, usage.prompt_tokens));
  for (const auto& tally : row.tiers) {
    cost = std::max(cost, most_cost_of(usage, row.prices->of(tally.service_tier, usage.prompt_tokens)));
  }
  return cost;
}

Spend::Answer Spend::reserve(Account account, const SpendEstimate& estimate, Hold& hold) {
  const auto tokens = usage_of(estimate).total_tokens;
  const auto cost = cost_of_estimate(rows_[account], estimate);
  const bool tokens_left = caps_.tokens <= 0 || tokens_ + tokens <= caps_.tokens;
  const bool money_left = caps_.cost <= Money() || cost_ + cost <= caps_.cost;
  if (!tokens_left || !money_left) return Answer::cap_reached;
  const bool tokens_free = caps_.tokens <= 0 || tokens_ + held_tokens_ + tokens <= caps_.tokens;
  const bool money_free = caps_.cost <= Money() || cost_ + held_cost_ + cost <= caps_.cost;
  if (!tokens_free || !money_free) return Answer::wait;
  hold.account = account;
  hold.estimate = estimate;
  hold.tokens = tokens;
  hold.cost = cost;
  held_tokens_ += tokens;
  held_cost_ += cost;
  return Answer::admitted;
}

Error Spend::refusal(Account account, const SpendEstimate& estimate) const {
  const auto& row = rows_[account];
  const auto tokens = usage_of(estimate).total_tokens;
  const auto cost = cost_of_estimate(row, estimate);
  if (caps_.cost > Money() && cost > caps_.cost) {
    return Error(ErrorKind::configuration,
                 fmt::format("max_cost is {}, and one call to {} may cost {}: raise max_cost, or lower max_tokens",
                             text_of(caps_.cost), row.model, text_of(cost)));
  }
  if (caps_.tokens > 0 && tokens > caps_.tokens) {
    return Error(ErrorKind::configuration,
                 fmt::format("max_total_tokens is {}, and one call to {} may use {}: raise max_total_tokens, or lower "
                             "max_tokens",
                             caps_.tokens, row.model, tokens));
  }
  if (caps_.cost > Money() && cost_ + cost > caps_.cost) {
    return Error(ErrorKind::quota_exhausted,
                 fmt::format("max_cost is reached: {} of {} are spent, and this call may cost {}", text_of(cost_),
                             text_of(caps_.cost), text_of(cost)));
  }
  return Error(ErrorKind::quota_exhausted,
               fmt::format("max_total_tokens is reached: {} of {} are used, and this call may use {}", tokens_,
                           caps_.tokens, tokens));
}

std::optional<Money> Spend::settle(const Hold& hold, const Usage& usage, std::string_view service_tier,
                                   std::optional<Money> told) {
  const auto used = sensible(usage);
  const auto& prices = rows_[hold.account].prices;
  const bool says = told && (!prices || *told > Money());
  auto cost = says ? told : std::nullopt;
  if (!cost && prices) cost = cost_of(used, prices->of(service_tier, used.prompt_tokens));
  return add(hold, used, service_tier, cost, false);
}

std::optional<Money> Spend::settle_unknown(const Hold& hold) {
  const auto& row = rows_[hold.account];
  const auto cost = row.prices ? std::optional(cost_of_estimate(row, hold.estimate)) : std::nullopt;
  return add(hold, usage_of(hold.estimate), {}, cost, true);
}

void Spend::give_back(const Hold& hold) {
  held_tokens_ -= hold.tokens;
  held_cost_ -= hold.cost;
}

std::optional<Money> Spend::add(const Hold& hold, const Usage& usage, std::string_view service_tier,
                                std::optional<Money> cost, bool estimated) {
  give_back(hold);
  mark(hold.account);
  auto& row = rows_[hold.account];
  auto& tally = tally_of(row.tiers, service_tier);
  ++tally.calls;
  if (estimated) ++tally.estimated;
  tally.usage += usage;
  tokens_ += usage.total_tokens;
  input_tokens_ += usage.prompt_tokens;
  output_tokens_ += usage.completion_tokens;
  if (!cost) ++tally.unpriced;
  tally.cost += cost.value_or(Money());
  cost_ += cost.value_or(Money());
  return cost;
}

}  // namespace headway::pace
