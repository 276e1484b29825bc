#pragma once

#include <string>
#include <string_view>

namespace headway::job {

/// The expression of ECMA 262 (flag u) in PCRE2's words. Throws std::invalid_argument for what ECMA 262 does not have.
std::string pcre2_expression(std::string_view ecma);

}  // namespace headway::job
