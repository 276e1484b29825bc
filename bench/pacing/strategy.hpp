#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pacing/case.hpp"

namespace headway::pacing {

/// A call on its way. Strategies keep what they know of it by its slot.
struct Call {
  Request request;
  std::size_t slot = 0;  ///< a small number that no other living call has
  int attempts = 0;
  time_point made;  ///< when the program made it
  time_point first_sent;
};

struct Admission {
  bool admitted = false;
  time_point ask_again = time_point::max();  ///< else: when; max(): when an attempt has ended
};

/// What to do with a call whose attempt has ended.
struct Verdict {
  enum class What { done, lost, again };

  What what = What::done;
  nanoseconds wait{0};  ///< before it is again the first in line
};

/// A way to decide when calls are sent.
class Strategy {
 public:
  virtual ~Strategy() = default;

  /// May this call, the first in line, be sent?
  virtual Admission admit(const Call& call, time_point now) = 0;
  virtual Verdict ended(const Call& call, const pace::Attempt& attempt, time_point now) = 0;
  /// For the trace: what keeps calls from being sent.
  virtual std::string_view limited_by() const { return ""; }
};

/// What a strategy may know.
struct Setting {
  const Case& plan;  ///< oracles know all of it; others what their description lets their user set
  double phase = 0;  ///< for oracles
  std::uint64_t seed = 0;
  double speed = 0.99;  ///< of even spacing: of the limit
};

struct StrategyKind {
  std::string name;
  std::string what;
  std::unique_ptr<Strategy> (*make)(const Setting&);
  double speed = 0.99;  ///< Setting::speed
};

std::unique_ptr<Strategy> headway_unaware(const Setting& setting);
std::unique_ptr<Strategy> headway_told(const Setting& setting);
std::unique_ptr<Strategy> fixed_retry_2(const Setting& setting);
std::unique_ptr<Strategy> fixed_retry_10(const Setting& setting);
std::unique_ptr<Strategy> cookbook(const Setting& setting);
std::unique_ptr<Strategy> plain_aimd(const Setting& setting);
std::unique_ptr<Strategy> even_spacing(const Setting& setting);
std::unique_ptr<Strategy> oracle(const Setting& setting);

const std::vector<StrategyKind>& all_strategies();

/// By slot, growing with the slots that are in use.
template <class Value>
class BySlot {
 public:
  Value& operator[](const Call& call) {
    if (call.slot >= values_.size()) values_.resize(call.slot + 1);
    return values_[call.slot];
  }

 private:
  std::vector<Value> values_;
};

}  // namespace headway::pacing
