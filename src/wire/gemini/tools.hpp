#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include <simdjson.h>

namespace headway::wire::gemini {

/// The tools of a chat, and which of them may be called. Throws Error (`configuration`).
class Tools {
 public:
  void read(simdjson::dom::element tools);
  void read_choice(simdjson::dom::element choice);
  void one_at_a_time() { one_at_a_time_ = true; }

  /// JSON; none: nothing is asked.
  std::optional<std::string> tools() const;
  std::optional<std::string> config() const;

 private:
  std::string functions_, others_, names_;  // JSON, without brackets
  std::string mode_;
  std::size_t functions_count_ = 0;
  bool one_at_a_time_ = false;
};

}  // namespace headway::wire::gemini
