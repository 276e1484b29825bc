#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace headway::wire {

/// An HTTP date in any of the three formats of RFC 9110, 5.6.7; nothing if it is none. `now` tells the
/// century of a year of two digits, which is never more than 50 years ahead. Independent of the locale.
std::optional<std::chrono::sys_seconds> http_date(std::string_view text, std::chrono::sys_seconds now);

}  // namespace headway::wire
