#pragma once

#include <cstdint>
#include <exception>

namespace headway::job {

/// Thrown where judging an answer takes more steps than it may.
struct TooManySteps : std::exception {
  const char* what() const noexcept override { return "it takes too many steps to judge"; }
};

/// What judging may take: neither a schema nor an answer can stop a run. A step is some 20 ns.
class Steps {
 public:
  static constexpr std::int64_t most = 3'000'000;  ///< for one text
  static constexpr std::int64_t few = 10'000;      ///< enough for nearly all, and nobody who waits meanwhile feels it

  explicit Steps(std::int64_t count = most) : left_(count) {}

  void take(std::int64_t count = 1) {
    left_ -= count;
    if (left_ < 0) throw TooManySteps();
  }
  /// The same where nothing may be thrown: false if there are none left.
  bool try_take(std::int64_t count) noexcept {
    left_ -= count;
    return left_ >= 0;
  }

 private:
  std::int64_t left_;
};

}  // namespace headway::job
