#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace headway::config {

/// Which of `known` was most likely meant: the one that is fewest letters away (changed, left out, put in, or
/// two that changed places), at the most a third of them. Empty: none.
std::string nearest_name(std::string_view name, const std::vector<std::string>& known);

}  // namespace headway::config
