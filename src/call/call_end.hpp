#pragma once

#include <headway/call_end.hpp>

#include "call/call.hpp"

namespace headway::call {

/// What is known of its end from what it asked. It views `request`.
CallEnd end_of(const CallRequest& request);

}  // namespace headway::call
