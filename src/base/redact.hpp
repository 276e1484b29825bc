#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace headway {

/// `message` with all blacked out that must not be shown:
/// - `[key]` for the API key, and for any part of it of 8 bytes or more. A key of less than 4 bytes is no
/// secret;
/// - `[prompt]` for any part of 24 bytes or more that also stands in one of `texts`, and for a whole text of
/// 8 to 23
///   bytes.
/// Characters are blacked out whole. Takes time in proportion to all of its input.
std::string redact(std::string_view message, std::string_view api_key, const std::vector<std::string>& texts);

}  // namespace headway
