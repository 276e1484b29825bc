#pragma once

#include <string>
#include <string_view>

#include "wire/json_string.hpp"

namespace headway::job {

using wire::append_json_string;
using wire::repaired_utf8;
using wire::replacement_character;

/// Appends a JSON value without its line breaks, and else as it came; the bytes of its strings never change. If that
/// cannot be done, since it is no JSON in UTF-8, it is appended as a JSON string. Never appends a line break, nor a NUL.
void append_one_line(std::string& out, std::string_view json);

/// The same for what need not be JSON: it is written as a string where it is none.
void append_if_json(std::string& out, std::string_view text);

}  // namespace headway::job
