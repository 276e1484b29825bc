#pragma once

#include <cstdint>
#include <deque>
#include <optional>

namespace headway::job {

/// Whose turn it is in an output that keeps the input's order: rows are announced in rising order as they are admitted,
/// and each that was announced ends once. Keeps ranges, so its memory does not grow with rows that follow one another.
class InOrder {
 public:
  void announce(std::uint64_t number);
  /// No row will be announced any more.
  void announced_all() { all_ = true; }
  /// The row whose line is next to leave, of those announced.
  std::optional<std::uint64_t> due() const;
  /// The due row's line has left.
  void left();
  /// Whether no row before `number` can still come: it was not announced here (an earlier run finished it).
  bool may_leave(std::int64_t number) const;

 private:
  struct Range {
    std::uint64_t first;
    std::uint64_t last;
  };

  std::deque<Range> due_;
  std::uint64_t announced_ = 0;  // all below are
  bool all_ = false;
};

}  // namespace headway::job
