#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace headway::wire {

/// Where the first byte stands that is not valid UTF-8 (overlong forms and surrogates are not); nothing if
/// all is.
std::optional<std::size_t> invalid_utf8_at(std::string_view text);

/// `text` as one line for people: valid UTF-8, control characters and invalid bytes made spaces one for one,
/// without blanks at its ends, cut between two characters so that it has `max_bytes` at the most.
std::string printable_line(std::string_view text, std::size_t max_bytes);

/// The same replacements and nothing else.
std::string without_controls(std::string_view text);

}  // namespace headway::wire
