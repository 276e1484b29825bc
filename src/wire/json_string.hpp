#pragma once

#include <string>
#include <string_view>

namespace headway::wire {

/// U+FFFD, in the place of what cannot be written.
inline constexpr std::string_view replacement_character = "\xEF\xBF\xBD";

/// Appends `text` as a JSON string, quotes included. What is UTF-8 stays unescaped; each byte that is not becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

/// `text` with each byte that is not UTF-8 made U+FFFD.
std::string repaired_utf8(std::string_view text);

}  // namespace headway::wire
