#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

namespace headway::pacing {

/// The cases whose name contains `name`, in Markdown; the mean of `runs`.
void print_cluster_table(std::ostream& out, const std::string& name, std::uint64_t runs);

}  // namespace headway::pacing
