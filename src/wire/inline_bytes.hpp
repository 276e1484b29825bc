#pragma once

#include <cstddef>
#include <string_view>

namespace headway::wire {

/// How many bytes of a text or a request's body are pictures, sound or files that stand in it as base64, and so cost tokens by
/// other rules than text: runs of its letters that are longer than any word. Looks at few of the bytes.
std::size_t inline_bytes(std::string_view text) noexcept;

}  // namespace headway::wire
