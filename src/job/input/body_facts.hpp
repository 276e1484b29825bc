#pragma once

#include <cstdint>
#include <string>

#include <simdjson.h>

#include "job/input/endpoint.hpp"

namespace headway::job {

/// The bytes of all texts in it, less those of images, sound and files in base64, which are not counted as text.
std::uint64_t text_bytes(simdjson::dom::element element);

/// What matters of a body that is sent as it is.
struct BodyFacts {
  std::string prompt_fault;  ///< empty: there is a prompt, or for /v1/responses there need be none
  std::uint64_t prompt_bytes = 0;
  bool has_model = false;    ///< a text that is not empty
  bool streams = false;      ///< "stream" is there, and is neither false nor null
  bool newer_limit = false;  ///< it has max_completion_tokens
};

BodyFacts facts_of(simdjson::dom::object body, Endpoint endpoint);

}  // namespace headway::job
