#pragma once

#include <simdjson.h>

#include "wire/json_builder.hpp"

namespace headway::wire::gemini {

/// A part of a message's content, a text or an object. Gemini's own parts, which have no "type", stay as they are.
void add_part(JsonBuilder& out, simdjson::dom::element part);

}  // namespace headway::wire::gemini
