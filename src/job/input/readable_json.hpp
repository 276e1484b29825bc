#pragma once

#include <string>
#include <string_view>

namespace headway::job {

/// Appends `json`, valid, as a model should read it: the same JSON, byte for byte, but that \uXXXX is the character itself
/// (Python's json.dumps writes \u6771 for 東). What JSON must escape stays so.
void append_readable_json(std::string& out, std::string_view json);

}  // namespace headway::job
