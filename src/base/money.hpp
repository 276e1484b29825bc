#pragma once

#include <algorithm>
#include <cmath>
#include <compare>
#include <cstdint>
#include <limits>

namespace headway {

/// US dollars, as a whole number of picodollars (10^-12): sums are exact however many there are, and the least price of
/// a token in LiteLLM's table is 130 of them. Holds up to 9 million dollars, and stays there rather than overflow.
class Money {
 public:
  constexpr Money() noexcept = default;

  static constexpr Money of_picodollars(std::int64_t count) noexcept { return Money(count); }
  /// To the nearest picodollar, but what is above zero never becomes zero. Not a number is zero.
  static Money of_dollars(double dollars) noexcept {
    const double exact = dollars * per_dollar;
    if (!(exact > 0)) return exact < 0 ? Money(-of_dollars(-dollars).count_) : Money();
    if (exact >= static_cast<double>(most)) return Money(most);
    return Money(std::max<std::int64_t>(1, std::llround(exact)));
  }
  constexpr double dollars() const noexcept { return static_cast<double>(count_) / per_dollar; }
  constexpr std::int64_t picodollars() const noexcept { return count_; }

  friend constexpr auto operator<=>(const Money&, const Money&) = default;
  friend constexpr Money operator+(Money a, Money b) noexcept {
    std::int64_t sum = 0;
    return __builtin_add_overflow(a.count_, b.count_, &sum) ? end_of(a.count_ > 0) : Money(sum);
  }
  friend constexpr Money operator-(Money a, Money b) noexcept {
    std::int64_t difference = 0;
    return __builtin_sub_overflow(a.count_, b.count_, &difference) ? end_of(a.count_ > 0) : Money(difference);
  }
  friend constexpr Money operator*(Money a, std::int64_t times) noexcept {
    std::int64_t product = 0;
    return __builtin_mul_overflow(a.count_, times, &product) ? end_of((a.count_ > 0) == (times > 0)) : Money(product);
  }
  constexpr Money& operator+=(Money other) noexcept { return *this = *this + other; }
  constexpr Money& operator-=(Money other) noexcept { return *this = *this - other; }

 private:
  static constexpr double per_dollar = 1e12;
  static constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

  explicit constexpr Money(std::int64_t count) noexcept : count_(count) {}
  static constexpr Money end_of(bool positive) noexcept { return Money(positive ? most : -most); }

  std::int64_t count_ = 0;
};

}  // namespace headway
