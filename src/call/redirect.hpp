#pragma once

#include <optional>
#include <string>

#include "net/message.hpp"

namespace headway::call {

/// Where a redirect sends a request, if headway follows it: to the same scheme, host and port only, since the key and
/// the prompt are for nobody else; and by 307 or 308 only, or any 3xx for a GET, since others turn a POST into a GET.
std::optional<std::string> redirect_target(const net::RequestHead& request, const net::Reply& reply);

/// What to tell of a redirect that is not followed. Names the host it points to, not the path.
std::string refused_redirect(const net::Reply& reply);

}  // namespace headway::call
