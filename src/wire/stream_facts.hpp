#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wire/sse.hpp"
#include "wire/usage.hpp"

namespace headway::wire {

/// What a stream of events that passes through as it is tells of its tokens: completions, chat, and responses. What cannot be
/// read is passed over. A state machine without I/O.
class StreamFacts {
 public:
  void feed(std::string_view bytes);

  /// As the last event had it; none: no event had any.
  const std::optional<Charge>& charge() const { return charge_; }
  const std::string& service_tier() const { return service_tier_; }

 private:
  void read(std::string_view data);

  SseParser parser_;
  std::optional<Charge> charge_;
  std::string service_tier_;
  bool given_up_ = false;
};

}  // namespace headway::wire
