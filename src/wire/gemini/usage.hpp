#pragma once

#include <optional>
#include <string>

#include <simdjson.h>

#include <headway/usage.hpp>

namespace headway::wire::gemini {

/// What an answer or an event of one tells that it took so far, and the tier that served it; none: nothing.
std::optional<Usage> usage_in(simdjson::dom::object answer);
std::string tier_in(simdjson::dom::object answer);

}  // namespace headway::wire::gemini
