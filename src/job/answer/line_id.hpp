#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace headway::job {

/// The "id" of a line in the Batch form: which row of which content it answers, and to what request. The same at every
/// run; enough to know the row again when the journal is lost.
struct LineId {
  std::uint64_t number = 0;        ///< as in Row
  std::uint64_t content_hash = 0;  ///< as in Row
  std::uint64_t request_hash = 0;  ///< as in Row; 0: it was not sent
};

/// "row-NUMBER-CONTENT-REQUEST", the hashes as 16 hexadecimal digits.
std::string to_string(const LineId& id);

/// None: `text` was not made by to_string().
std::optional<LineId> line_id_in(std::string_view text);

}  // namespace headway::job
