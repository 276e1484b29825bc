#pragma once

#include <memory>
#include <string>

#include <headway/options.hpp>

#include "call/call.hpp"

namespace headway::call {

/// Joins one request's options with the client's: what `options` sets wins. The model's name is the caller's to add.
/// Throws Error (`configuration`).
CallRequest make_request(const ClientOptions& client, std::shared_ptr<const Routes> routes, std::string body,
                         const RequestOptions& options);

}  // namespace headway::call
