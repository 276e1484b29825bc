#pragma once

#include <headway/error.hpp>
#include <headway/options.hpp>

#include "pace/demand.hpp"
#include "pace/pace_options.hpp"

namespace headway::call {

// What the pace room is told of a call's life.

/// What an answer without success says of its endpoint.
pace::Result result_of(const ErrorInfo& info);
/// What it says that there was no answer.
pace::Result result_of(ErrorKind kind);
/// Whether the server says that it has no room.
bool is_overload(const ErrorInfo& info);

/// `loopback`: the endpoint is on this machine.
pace::PaceOptions pace_options(const LimitOptions& limits, bool loopback);

}  // namespace headway::call
