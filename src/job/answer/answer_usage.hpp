#pragma once

#include <simdjson.h>

#include <headway/response.hpp>

namespace headway::job {

/// Of a "usage" object, in chat's names or those of /v1/responses (input_tokens, output_tokens). Sensible; zeros for what
/// is missing or no count.
Usage read_usage(simdjson::dom::element usage);

}  // namespace headway::job
