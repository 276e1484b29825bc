#pragma once

#include <string_view>

#include <headway/error.hpp>

namespace headway::wire {

/// What kind of failure a status, and the `type` and `code` of the provider's error, stand for. With a status
/// of success (an error that came with 200) or 0, the code alone decides.
ErrorKind kind_of(int status, std::string_view type, std::string_view code) noexcept;

}  // namespace headway::wire
