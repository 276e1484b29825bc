#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/price.hpp"

namespace headway::job {

/// What a sum is expected to be.
struct Expected {
  double value = 0;
  double low = 0;
  double high = 0;
};

/// The mean of a sample and how much it varies, kept in three numbers. Fed one row at a time.
class Sample {
 public:
  void add(double value);
  std::uint64_t count() const { return count_; }
  double mean() const { return mean_; }
  double sum() const { return mean_ * static_cast<double>(count_); }
  /// Of `total` rows, of which this sample is a random part: the sum of all, with a range that holds the true sum nine
  /// times in ten (Student's t on the standard error, less as the sample nears the whole). What the sample itself used is
  /// the least there can be. Of one row, or none: the range is from there to infinity.
  Expected sum_of(std::uint64_t total) const;

 private:
  std::uint64_t count_ = 0;
  double mean_ = 0;
  double squares_ = 0;  // of the distances from the mean
};

/// Rows a second after a pilot.
struct PilotSpeed {
  double own = 0;   ///< of the pilot, its last and slowest row included; 0: not known
  double best = 0;  ///< with as many in flight as may be: for how long that holds, nobody knows
};

/// What all rows will take, after a pilot of some random ones.
class Projection {
 public:
  explicit Projection(std::uint64_t total_rows) : total_rows_(total_rows) {}

  /// A row of the pilot that was answered.
  void add(const Usage& usage, Money cost);

  std::uint64_t measured() const { return prompt_tokens_.count(); }
  Expected prompt_tokens() const { return prompt_tokens_.sum_of(total_rows_); }
  Expected completion_tokens() const { return completion_tokens_.sum_of(total_rows_); }
  Expected dollars() const { return dollars_.sum_of(total_rows_); }
  /// Seconds until the rows that are left have ended, at a rate of `rows_per_s`. None: there is no rate.
  std::optional<double> seconds_left(double rows_per_s) const;

  /// For people, with line ends: tokens, cost and time, each with its range, and what the range means. `clock` makes of
  /// seconds from now an hour to be shown ("Tue 03:20").
  template <class Clock>
  std::string text(bool priced, PilotSpeed speed, Clock clock) const {
    const auto most = seconds_left(speed.own);
    if (!most) return text_with(priced, "");
    const auto least = *seconds_left(std::max(speed.own, speed.best));
    return text_with(priced, time_text(least, clock(least), *most, clock(*most)));
  }

 private:
  static std::string time_text(double least, const std::string& earliest, double most, const std::string& latest);
  std::string text_with(bool priced, const std::string& time) const;

  std::uint64_t total_rows_;
  Sample prompt_tokens_;
  Sample completion_tokens_;
  Sample dollars_;
};

/// What rows will take before any was sent, by the same rules as pace::TokenEstimate before its first answer: four bytes a
/// token (OpenAI's rule of thumb for English), and answers of 256 tokens, or max_tokens where that is less. The range of
/// the answers goes from none to max_tokens; where a row does not say it, there is no upper end.
class ByteEstimate {
 public:
  void add(std::uint64_t prompt_bytes, std::optional<std::int64_t> max_tokens);

  std::uint64_t rows() const { return rows_; }
  std::uint64_t rows_without_max() const { return without_max_; }  ///< whose answers may be of any length
  double prompt_tokens() const { return prompt_tokens_; }
  Expected completion_tokens() const { return completion_tokens_; }
  Expected dollars(const Price& price) const;

  /// For people, with line ends. `prices` none: not known.
  std::string text(const std::optional<Prices>& prices) const;

 private:
  std::uint64_t rows_ = 0;
  std::uint64_t without_max_ = 0;
  double prompt_tokens_ = 0;
  Expected completion_tokens_;
};

}  // namespace headway::job
