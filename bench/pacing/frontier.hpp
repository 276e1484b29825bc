#pragma once

#include <cstdint>
#include <iosfwd>

namespace headway::pacing {

/// What jitter alone costs on slices: share of the limit and refusals of perfectly even spacing, at several speeds, for
/// who knows the limit and not where the slices begin. In Markdown; the mean of `runs`.
void print_frontier(std::ostream& out, std::uint64_t runs);

}  // namespace headway::pacing
