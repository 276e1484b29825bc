#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <headway/error.hpp>
#include <headway/response.hpp>

#include "base/money.hpp"
#include "base/price.hpp"

namespace headway::pace {

/// What all calls together may use. Zero: no cap.
struct SpendCaps {
  Money cost;
  std::int64_t tokens = 0;
};

/// What a call can use at the most, as far as that is known: its prompt's tokens, and max_tokens or else the largest
/// answer to be expected.
struct SpendEstimate {
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
};

/// What was used in one service tier. Reasoning is a part of the output, and what was cached a part of the input.
struct SpendTally {
  SpendTally() {}

  std::string service_tier;    ///< as answers name it; empty: they name none
  std::int64_t calls = 0;      ///< attempts that used something
  std::int64_t estimated = 0;  ///< of `calls`: those whose use nobody told, counted as their estimate
  Usage usage;                 ///< the sum
  std::int64_t unpriced = 0;   ///< of `calls`: those whose cost is not known
  Money cost;                  ///< the sum of the others
};

/// What one model at one endpoint used.
struct SpendRow {
  SpendRow() {}

  std::string endpoint;
  std::string model;
  std::optional<Prices> prices;   ///< none: not known, and so is the cost
  std::vector<SpendTally> tiers;  ///< in the order in which they were first seen
  bool changed = true;            ///< since it was last among take_changed()
};

/// Counts tokens and money by endpoint and model, and keeps both under their caps. What is in flight counts as its
/// estimate, so that no call is admitted that could pass a cap. A state machine without I/O. Each attempt: reserve()
/// until admitted, then exactly one of settle(), settle_unknown() and give_back(). All cost O(1).
class Spend {
 public:
  /// An endpoint and model, as open() numbers them.
  using Account = std::size_t;

  enum class Answer {
    admitted,
    wait,         ///< calls in flight hold what this one needs; ask again when one of them ends
    cap_reached,  ///< what was used leaves no room for it, and never will: refusal() says so
  };

  /// What is set aside for one attempt, to be kept by it.
  struct Hold {
    Account account = 0;
    SpendEstimate estimate;
    std::int64_t tokens = 0;
    Money cost;
  };

  explicit Spend(SpendCaps caps = SpendCaps()) : caps_(caps) {}

  /// Whether there is any cap, so that reserve() has something to say.
  bool capped() const noexcept { return caps_.cost > Money() || caps_.tokens > 0; }
  /// The account of this endpoint and model: the same for the same names and prices. Throws Error (`configuration`): a cap on money
  /// is set and the model has no price.
  Account open(std::string_view endpoint, std::string_view model, const std::optional<Prices>& prices);

  /// If the answer is `admitted`, `hold` is in flight until it is settled or given back.
  Answer reserve(Account account, const SpendEstimate& estimate, Hold& hold);
  /// Why it is that reserve() answered `cap_reached`. `configuration`: one call alone is above the cap.
  /// `quota_exhausted`: too little of it is left.
  Error refusal(Account account, const SpendEstimate& estimate) const;

  /// The provider told what the attempt used. Gives its cost; none: no price is known.
  /// `told`: the provider's own sum, which holds where it is above zero, whatever the prices say.
  std::optional<Money> settle(const Hold& hold, const Usage& usage, std::string_view service_tier,
                              std::optional<Money> told = std::nullopt);
  /// It was answered without usage, or may have been billed though no answer came: counts as its estimate. Gives its cost.
  std::optional<Money> settle_unknown(const Hold& hold);
  /// Nothing was used.
  void give_back(const Hold& hold);

  Money cost() const noexcept { return cost_; }                         ///< settled, of all accounts with a price
  std::int64_t tokens() const noexcept { return tokens_; }              ///< settled, input and output, of all accounts
  std::int64_t input_tokens() const noexcept { return input_tokens_; }  ///< of tokens()
  std::int64_t output_tokens() const noexcept { return output_tokens_; }  ///< of tokens()
  Money cost_in_flight() const noexcept { return held_cost_; }            ///< as estimated
  std::int64_t tokens_in_flight() const noexcept { return held_tokens_; }
  /// One for each account, in the order in which they were opened. Valid until the next open().
  const std::vector<SpendRow>& rows() const noexcept { return rows_; }
  /// Those whose rows have changed since this was last called.
  std::vector<Account> take_changed();

 private:
  Money cost_of_estimate(const SpendRow& row, const SpendEstimate& estimate) const;
  std::optional<Money> add(const Hold& hold, const Usage& usage, std::string_view service_tier,
                           std::optional<Money> cost, bool estimated);
  void mark(Account account);

  SpendCaps caps_;
  std::vector<SpendRow> rows_;
  std::vector<Account> changed_;
  Money cost_;
  Money held_cost_;
  std::int64_t tokens_ = 0;
  std::int64_t input_tokens_ = 0;
  std::int64_t output_tokens_ = 0;
  std::int64_t held_tokens_ = 0;
};

}  // namespace headway::pace
