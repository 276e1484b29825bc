#pragma once

#include <string>
#include <vector>

#include <headway/outcome.hpp>
#include <headway/response.hpp>

namespace headway::wire {

// What comes back with a status of success. None throws for what a server may send. A body with 64 bytes of
// spare capacity (SIMDJSON_PADDING) is not copied. Errors:
//
// `protocol`: no JSON object, no choices, or choices that cannot be told apart by `index`. The message says
// the kind of content and its size, and holds none of it.
//
// The provider's own, if the body is `{"error": ...}`: the kind by its code, `server` if that says nothing.
// Its words are in `provider_message` only, for the caller to black out what must not be shown.

/// An answer of /v1/completions: choices by their `index`, usage, model, and the body as `raw`.
Outcome<Response> decode_completion(std::string body);

/// An answer of /v1/chat/completions. A choice's text is its message's content (parts of type text joined),
/// its refusal where there is no content, and empty where there is neither (tool calls).
Outcome<Response> decode_chat(std::string body);

/// The names in an answer of GET /v1/models, in its order.
Outcome<std::vector<std::string>> decode_models(std::string body);

}  // namespace headway::wire
