#pragma once

#include <string>
#include <string_view>

namespace headway::job {

/// A reference against its base, both without fragments (RFC 3986, 5.2).
std::string resolved_uri(std::string_view base, std::string_view reference);
/// With %41 made A.
std::string percent_decoded_fragment(std::string_view fragment);

}  // namespace headway::job
