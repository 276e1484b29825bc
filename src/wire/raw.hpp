#pragma once

#include <cstdint>
#include <optional>
#include <string>

// Of requests that pass through as they are: what pacing and spending need to know. Never throws for what a body may be. A
// body with 64 bytes of spare capacity (SIMDJSON_PADDING) is not copied; it is as before afterwards.
namespace headway::wire {

struct RequestFacts {
  RequestFacts() {}

  std::string model;                       ///< empty: it names none
  std::optional<std::int64_t> max_tokens;  ///< of all its answers together; none: it does not say
  std::int64_t answers = 1;                ///< that it asks for: "n" for each prompt
};

/// Of a body that is no JSON object: nothing.
RequestFacts request_facts(std::string& body);

}  // namespace headway::wire
