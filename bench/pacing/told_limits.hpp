#pragma once

#include "pace/pace_options.hpp"
#include "pacing/case.hpp"

namespace headway::pacing {

/// What a user sets who knows all limits of the provider.
pace::PaceOptions told_limits(const Case& plan);

}  // namespace headway::pacing
