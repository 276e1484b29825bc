#pragma once

#include <optional>
#include <string>
#include <string_view>

// Half a surrogate pair as a JSON escape (\ud83d alone): RFC 8259 8.2 allows it, and no UTF-8 has it. Read as U+FFFD.
namespace headway::wire {

/// Any JSON text with such escapes as \ufffd.
std::string with_whole_surrogates(std::string_view json);

/// The text of a JSON string, of which `token` has the quotes too. None: it has an escape that JSON does not know.
std::optional<std::string> unescaped(std::string_view token);

}  // namespace headway::wire
