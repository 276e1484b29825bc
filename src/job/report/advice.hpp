#pragma once

#include <string_view>

namespace headway::job {

/// What to do about rows that failed with this `kind` (Record::kind, or for "unusable" a verdict's name): one sentence, no
/// line break. Never empty.
std::string_view advice_for(std::string_view kind) noexcept;

}  // namespace headway::job
