#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "call/destination.hpp"

namespace headway::call {

/// A client's part in limits that several clients share: what was lent to it, what it could use, and what they tell each
/// other. Holds for all destinations, later ones too. Lives on the loop.
class SharedLimits {
 public:
  using time_point = pace::time_point;

  void add(std::shared_ptr<Destination> destination, time_point now);

  /// Lets those calls go that may go now.
  void take(const Lease& lease, time_point end, time_point now);
  bool was_lent() const { return lent_.has_value(); }
  /// Of each figure the largest of all destinations.
  LeaseDemand demand(time_point now) const;

  void learn(std::vector<LearnedLimits> limits, time_point now);
  /// Of those destinations that have learned something, and whose names are no other's.
  std::vector<LearnedLimits> learned(time_point now) const;

 private:
  struct Lent {
    Lease lease;
    time_point end;
  };

  bool is_named_as_another(const Destination& destination) const;

  std::vector<std::shared_ptr<Destination>> destinations_;
  std::optional<Lent> lent_;
  std::vector<LearnedLimits> told_;
};

}  // namespace headway::call
