#pragma once

#include <string>
#include <vector>

#include <headway/outcome.hpp>

namespace headway::wire {

/// The names in an answer of GET /v1/models, or Gemini's of /v1beta/models, in its order. Errors: `protocol` for what is no list of models, the
/// provider's own if it is `{"error": ...}`.
Outcome<std::vector<std::string>> decode_models(std::string body);

}  // namespace headway::wire
