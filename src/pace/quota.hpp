#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include <headway/learned_limits.hpp>
#include <headway/lease.hpp>

#include "pace/demand.hpp"
#include "pace/hold.hpp"
#include "pace/limit.hpp"
#include "pace/pace_options.hpp"
#include "pace/rate_meter.hpp"
#include "pace/recent_rate.hpp"
#include "pace/refusal_run.hpp"
#include "pace/token_estimate.hpp"
#include "pace/window_guess.hpp"

namespace headway::pace {

/// What Quota says to a call that wants to be sent.
struct QuotaAnswer {
  bool admitted = false;
  time_point ask_again = time_point::max();  ///< if not admitted: when to ask again
  LimitedBy by = LimitedBy::input;           ///< if not admitted: requests, tokens or server
};

/// The provider's limits of one endpoint, model and key: how fast calls may be sent. Limits are set by the user, declared
/// by headers, or found from refusals; the lower holds. A state machine without I/O, told the time, which never goes
/// back. Every call costs O(1) and allocates nothing.
class Quota {
 public:
  explicit Quota(const PaceOptions& options);

  /// May a call be sent at `now`? If so, `out` is what is set aside (less its `probe`), which must be
  /// settled once; else `out` means nothing.
  QuotaAnswer admit(const Demand& demand, Reservation& out, time_point now);
  /// An attempt has ended: learns from its headers, its usage and its refusal, and gives back what it did not use.
  void settle(const Reservation& reservation, const Attempt& attempt, time_point now);

  /// Only these parts of every limit are ours from now on, the rest is lent to other workers: above 0, up to 1.
  void lend(double requests, double tokens, time_point now) noexcept;
  /// The first lease begins, or one after a time without: as in Limit.
  void start(double phase, bool empty, time_point now) noexcept;
  /// The parts of all limits that could be used, while so many calls wait that more of them would let go. Sets `requests`
  /// and `tokens`.
  void demand(std::size_t waiting, LeaseDemand& out, time_point now) noexcept;
  /// What our own answers have told of limits.
  void tell(LearnedLimits& out, time_point now) const;
  /// What other workers have been told of the same limits.
  void learn(const LearnedLimits& limits, time_point now) noexcept;

  /// A rate is set, declared or found, so a 429 is the quota's matter.
  bool knows_rate() const noexcept { return active_; }
  /// The share of refusals that comes at random, at any rate.
  double faults() const noexcept;
  /// It finds out whether they do.
  bool suspects_faults() const noexcept;
  double requests_allowed_per_minute() const noexcept;  ///< 0: not known
  double tokens_allowed_per_minute() const noexcept;    ///< 0: not known
  bool requests_guessed() const noexcept;               ///< what is allowed is found from refusals alone
  bool tokens_guessed() const noexcept;
  double requests_used_per_minute(time_point now) noexcept { return requests_used_.per_minute(now); }
  double tokens_used_per_minute(time_point now) noexcept { return tokens_used_.per_minute(now); }

 private:
  enum Kind : std::size_t { requests, tokens, input_tokens, output_tokens };
  static constexpr std::array all_kinds{requests, tokens, input_tokens, output_tokens};

  // The limits of one kind.
  struct Kept {
    void lend(double part, time_point now) noexcept;
    void learn(const std::optional<LearnedLimit>& limit, time_point now) noexcept;
    std::optional<LearnedLimit> learned() const noexcept;
    // Of the lowest limit, or of them all if one is not known: what `per_second` would use.
    std::optional<double> part_of(double per_second) const noexcept;

    double wait_for(double units, double margin, time_point now) noexcept;
    void take(double units, time_point now) noexcept;
    void correct(double units) noexcept;
    void give_back(double units, bool sent, time_point sent_at) noexcept;
    void excuse(double units) noexcept;

    Limit minute;        // or a second
    Limit day;           // or an hour
    WindowGuess window;  // of the headers
  };

  double units(Kind kind, const Reservation& reservation) const noexcept;
  double set_aside(Kind kind) const noexcept;                  // of all that was sent
  double charged(Kind kind, const Sums& sums) const noexcept;  // by the provider
  double ended(Kind kind, const Sums& sums) const noexcept;
  static double total(Kind kind, const Sums& sums, double output) noexcept;
  double charged_output(const Reservation& reservation) const noexcept;
  double margin(Kind kind) const noexcept;
  void estimate(const Demand& demand, Reservation& out, time_point now) const noexcept;
  void count(const Reservation& reservation) noexcept;
  void settle_usage(const Reservation& reservation, const Attempt& attempt, time_point now) noexcept;
  void give_back(const Reservation& reservation, Result result) noexcept;
  void read(const Reservation& reservation, const LimitSnapshot& limits, time_point now) noexcept;
  void read(Kind kind, const LimitReading& reading, const Reservation& reservation, time_point now) noexcept;
  void learn_charge(const LimitReading& reading, const Reservation& reservation) noexcept;
  void vote_for_most(int vote) noexcept;
  void learn_who_tells(bool told, time_point now) noexcept;
  void answered(const Reservation& reservation, time_point now) noexcept;
  void refused(const Reservation& reservation, const Attempt& attempt, time_point now) noexcept;
  bool foreseen(const Reservation& reservation, time_point now) noexcept;
  void not_foreseen(const Reservation& reservation, bool in_a_row, time_point now) noexcept;
  void find_rate(Limit& limit, bool in_a_row, time_point now) noexcept;
  double sending_rate(time_point now) noexcept;
  bool knows_limit() const noexcept;
  void hold(const Reservation& reservation, const Attempt& attempt, time_point now) noexcept;

  std::array<Kept, all_kinds.size()> limits_;
  bool active_ = false;               // some limit is known or found
  std::optional<bool> answers_tell_;  // whether good answers tell limits; none: there was no answer yet
  Kind limited_by_ = requests;        // what made a call wait last
  Hold hold_;
  time_point told_not_before_ = time_point::min();  // by the server itself
  RefusalRun row_;
  double foreseen_ = 0;  // refusals of that kind, fading
  time_point foreseen_at_{};

  TokenEstimate estimate_;
  Sums sent_;
  double refused_ = 0;         // requests
  double not_sent_ = 0;        // requests
  double lately_refused_ = 0;  // share of the last calls
  time_point first_sent_{};
  std::size_t in_flight_ = 0;
  RateMeter requests_used_;
  RateMeter tokens_used_;
  RecentRate sent_lately_;
  double mean_input_tokens_ = 0;  // of the calls that were sent lately, as estimated
  double mean_output_tokens_ = 0;

  // Whether the provider charges prompt + max_tokens up front (Azure, Cerebras) or what was used.
  struct Charge {
    double remaining = 0;
    Sums sent;
    time_point at;
  };
  std::optional<Charge> last_charge_;
  int votes_for_most_ = 0;
  bool charges_most_ = false;
};

}  // namespace headway::pace
