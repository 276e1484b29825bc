#pragma once

#include <string>
#include <string_view>

namespace headway::job {

/// U+FFFD, in the place of what cannot be written.
inline constexpr std::string_view replacement_character = "\xEF\xBF\xBD";

/// Appends `text` as a JSON string, quotes included. What is UTF-8 stays unescaped; each byte that is not becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

/// `text` with each byte that is not UTF-8 made U+FFFD.
std::string repaired_utf8(std::string_view text);

/// Appends a JSON value without its line breaks, and else as it came; the bytes of its strings never change. If that
/// cannot be done, since it is no JSON in UTF-8, it is appended as a JSON string. Never appends a line break, nor a NUL.
void append_one_line(std::string& out, std::string_view json);

/// The same for what need not be JSON: it is written as a string where it is none.
void append_if_json(std::string& out, std::string_view text);

}  // namespace headway::job
