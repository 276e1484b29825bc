#pragma once

#include <chrono>

#include "pace/demand.hpp"

namespace headway::pace {

/// When the tests of decisions begin: no clock is read.
inline constexpr time_point start{std::chrono::seconds(1000)};

}  // namespace headway::pace
