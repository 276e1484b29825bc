#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <headway/outcome.hpp>
#include <headway/response.hpp>

// Of requests and answers that pass through as they are: what pacing and spending need to know. None throws for what a
// body may be. A body with 64 bytes of spare capacity (SIMDJSON_PADDING) is not copied; each is as before afterwards.
namespace headway::wire {

struct RequestFacts {
  RequestFacts() {}

  std::string model;                       ///< empty: it names none
  std::optional<std::int64_t> max_tokens;  ///< of all its answers together; none: it does not say
};

/// Of a body that is no JSON object: nothing.
RequestFacts request_facts(std::string& body);

struct AnswerFacts {
  AnswerFacts() {}

  Usage usage;
  std::string service_tier;
};

/// Errors: `protocol` for what is no whole JSON object, and the provider's own for one with an "error".
Outcome<AnswerFacts> answer_facts(std::string& body);

}  // namespace headway::wire
