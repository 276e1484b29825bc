#pragma once

#include <string>

#include <headway/error.hpp>

#include "call/call.hpp"
#include "net/message.hpp"

namespace headway::call {

/// Everything that is known of an answer that is no success (any status but 2xx).
ErrorInfo error_of(const net::Reply& reply, const CallRequest& request);
/// Everything that is known of an exchange without an answer.
ErrorInfo error_of(const net::Failure& failure);
/// Adds where it went, and takes the key and the prompt out of what others said.
ErrorInfo completed(ErrorInfo info, const CallRequest& request);

}  // namespace headway::call
