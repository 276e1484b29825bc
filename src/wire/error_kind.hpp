#pragma once

#include <string_view>

#include <headway/error.hpp>

namespace headway::wire {

/// What kind of failure a status, and the `type` and `code` of the provider's error, stand for. With a status
/// of success (an error that came with 200) or 0, the code alone decides.
ErrorKind kind_of(int status, std::string_view type, std::string_view code) noexcept;

/// The HTTP status of a failure that compatible servers put into `code`; 0: it is none.
int status_in(std::string_view code) noexcept;

/// Whether a provider calls "no money" so, in whatever case: no waiting mends it.
bool is_money(std::string_view name) noexcept;

}  // namespace headway::wire
