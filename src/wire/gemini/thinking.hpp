#pragma once

#include <string>
#include <string_view>

namespace headway::wire::gemini {

/// Whether a model is of the third generation or newer, as far as its name tells: its effort has levels and no budget, and its
/// calls of functions have signatures.
bool is_of_three_or_newer(std::string_view model);

/// "thinkingConfig" for a 'reasoning_effort', JSON. Throws Error (`configuration`) for one that the model cannot be asked for.
std::string thinking_of(std::string_view effort, std::string_view model);

}  // namespace headway::wire::gemini
