#pragma once

#include <string_view>

#include <headway/ending.hpp>

namespace headway::wire {

/// What a provider's word for an answer's end means, case aside: a finish_reason, stop_reason, status or the like. Empty
/// is `stop`; what is on no list is `unknown`.
Ending ending_of(std::string_view word) noexcept;

}  // namespace headway::wire
